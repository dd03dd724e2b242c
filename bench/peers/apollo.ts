/** Apollo Server as its guide starts it. https://www.apollographql.com/docs/apollo-server/getting-started */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { announce } from './serve.ts';
import { resolvers, typeDefs } from './small-schema.ts';

const server = new ApolloServer({ typeDefs, resolvers });
const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
announce(url.replace(/\/$/, ''));
