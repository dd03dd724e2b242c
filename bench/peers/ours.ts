/**
 * Our server with all its plugins, and the small schema in place of the API: `ours.ts URL`. It asks nothing of its
 * database, which is not the embedded one, as that would take of this process's time for itself.
 */
import { createSchema } from 'graphql-yoga';
import { listen } from '../../src/http/server.ts';
import { openApp } from '../queue-app.ts';
import { announce } from './serve.ts';
import { resolvers, typeDefs } from './small-schema.ts';

const opened = await openApp(process.argv[2] ?? '');
await opened.app.db.migrate();
const server = await listen(opened.app, { host: '127.0.0.1', port: 0 }, createSchema({ typeDefs, resolvers }));
announce(server.url, async () => {
  await server.close();
  await opened[Symbol.asyncDispose]();
});
