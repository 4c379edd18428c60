import { idParams } from '@usher/contracts';
import type { ServerResponse } from 'node:http';
import { followJob, fromEventId, isToldToItsEnd, requireJobHead, type News } from '@usher/jobs';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { shownBy } from './list-targets.ts';
import { spareMemory } from '../../http/spare-memory.ts';
import { viewerOf } from './viewer.ts';

const OPTIONS = { ...requires({ counted: false, reads: true }), exposeHeadRoute: false };
type Show = ReturnType<typeof shownBy>;
/** A client that takes nothing for so long is cut off; it comes back and goes on. */
const SLOWEST_MS = 30_000;

/**
 * `GET /api/v1/jobs/{id}/events`: server-sent events until the job is finished. `Last-Event-ID` goes on
 * after that event; one that is not this job's is a 400, that of `finished` a 204 until there is another
 * round, which tells an EventSource to stop. It ends within seconds when its key does; whoever comes
 * back with that is a 401.
 */
export function watchJobRoute(app: FastifyInstance, context: Context): void {
  const memory = spareMemory();
  app.get('/jobs/:id/events', OPTIONS, async (request, reply) => {
    const { id } = validate(idParams, request.params);
    request.jobId = id;
    const job = await requireJobHead(context.db, viewerOf(request.caller), id);
    const last = request.headers['last-event-id'];
    const from = last ? fromEventId(id, String(last)) : null;
    if (from && isToldToItsEnd(from, job)) return reply.code(204).send();
    const show = shownBy(context, job);
    const { watchers, held } = context;
    const stream = reply.raw;
    let stop = (): void => undefined;
    const release = held.hold(request.caller, () => {
      stop();
      // What it has not taken yet, it may not have.
      if (stream.writableNeedDrain) stream.destroy();
    });
    memory.opened();
    try {
      begin(reply);
      if (stream.destroyed) return reply;
      const watch = watchers.watch(id);
      stop = () => watch.stop();
      stream.once('close', stop);
      for await (const news of followJob(watch, from)) {
        await write(stream, textOf(news, show), watchers.closing);
        if (news.type === 'pulse') memory.beaten();
        if (stream.destroyed || watchers.closing.aborted) break;
      }
    } finally {
      release();
      memory.closed();
      if (!stream.destroyed) stream.end(watchers.closing.aborted ? ': come back\n\n' : '');
    }
    return reply;
  });
}

/** From here on the answer is ours to write; the framework only logs it when it is over. */
function begin(reply: FastifyReply): void {
  reply.hijack();
  const { raw } = reply;
  if (raw.destroyed) return;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    // An API that drains need not wait for a client to hang up.
    connection: 'close',
  });
  raw.write('retry: 1000\n\n');
}

/** Those who follow one job from one place are told the same: it is written out once. */
const shared = new WeakMap<object, string>();

function textOf(news: News, show: Show): string {
  if (news.type === 'pulse') return ': heartbeat\n\n';
  if (news.type !== 'targets') return eventOf(news.type, news.id, `{"job":${news.sight.text}}`);
  const { targets } = news;
  const text =
    shared.get(targets) ??
    targets
      .map(({ id, round, target }) =>
        eventOf('target', id, JSON.stringify({ round, ...show(target) })),
      )
      .join('');
  shared.set(targets, text);
  return text;
}

const eventOf = (type: string, id: string, data: string) =>
  `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;

/** Resolves when more may be written, or nothing may any more. */
async function write(stream: ServerResponse, text: string, closing: AbortSignal): Promise<void> {
  if (stream.destroyed || stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const cut = () => stream.destroy();
    const timer = setTimeout(cut, SLOWEST_MS);
    const done = () => {
      clearTimeout(timer);
      stream.off('drain', done);
      stream.off('close', done);
      closing.removeEventListener('abort', cut);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    closing.addEventListener('abort', cut);
    if (closing.aborted) cut();
  });
}
