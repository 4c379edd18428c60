import type { FastifyReply } from 'fastify';
import type { Context } from '../context.ts';
import { renderPage, type Page } from './page.ts';

export function sendPage(
  reply: FastifyReply,
  { config }: Context,
  status: number,
  page: Page,
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(renderPage(page, config.productName));
}
