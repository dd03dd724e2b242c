/** Yoga as its guide starts it, without what it logs. https://the-guild.dev/graphql/yoga-server/docs */
import { createSchema, createYoga } from 'graphql-yoga';
import { serve } from './serve.ts';
import { resolvers, typeDefs } from './small-schema.ts';

await serve(createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false }));
