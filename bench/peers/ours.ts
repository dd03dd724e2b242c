/** Our server with all its plugins, and the small schema in place of the API. */
import { createSchema } from 'graphql-yoga';
import { listen } from '../../src/http/server.ts';
import { createTestApp } from '../../test/helpers/app.ts';
import { announce } from './serve.ts';
import { resolvers, typeDefs } from './small-schema.ts';

const made = await createTestApp();
const server = await listen(made.app, { host: '127.0.0.1', port: 0 }, createSchema({ typeDefs, resolvers }));
announce(server.url, async () => {
  await server.close();
  await made[Symbol.asyncDispose]();
});
