import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import reference from '@scalar/fastify-api-reference';
import Fastify from 'fastify';

// A thread of its own: the package is one string of 5 MB, which ends with it, and to compress it would
// hold everybody up.
const app = Fastify();
await app.register(reference, { routePrefix: '/docs', configuration: { url: '/' } });
const { rawPayload } = await app.inject('/docs/js/scalar.js');
parentPort?.postMessage(gzipSync(rawPayload, { level: 9 }));
