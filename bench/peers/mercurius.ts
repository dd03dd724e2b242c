/** Mercurius on Fastify: `mercurius.ts [jit]`, with which it compiles what it is asked the second time. */
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { announce } from './serve.ts';
import { resolvers, typeDefs } from './small-schema.ts';

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, ...(process.argv[2] === 'jit' && { jit: 1 }) });
announce(await app.listen({ host: '127.0.0.1', port: 0 }));
