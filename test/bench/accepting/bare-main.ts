import type { AddressInfo } from 'node:net';
import { newId } from '@usher/db';
import Fastify from 'fastify';
import { Pool } from 'pg';

/** As many as the product's API has. */
const POOL_SIZE = 20;

/** The bare route: parses the body, and answers once one row of it is committed. */
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: POOL_SIZE });
pool.on('error', (error) => console.error(error));
await pool.query(`
  create table bare_requests (
    id uuid primary key,
    body jsonb not null,
    created_at timestamptz not null default now())`);

const app = Fastify();
app.post('/', async (request, reply) => {
  const id = newId();
  await pool.query({
    name: 'insert-request',
    text: 'insert into bare_requests (id, body) values ($1, $2)',
    values: [id, request.body],
  });
  return reply.code(202).send({ id });
});
await app.listen({ host: '127.0.0.1', port: 0 });
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => pool.end())
    .finally(() => process.exit());
});
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
