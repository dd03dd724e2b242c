/** Yoga as it comes, with the API's schema and tasks in memory: `bare-yoga.ts COUNT`. */
import { createSchema, createYoga } from 'graphql-yoga';
import { type ListedTask, makeTasks, SCHEMA_TEXT } from '../task-list.ts';
import { serve } from './serve.ts';

const tasks = makeTasks(Number(process.argv[2]));
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const cursorOf = ({ createdAt, id }: ListedTask) => Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

const schema = createSchema({
  typeDefs: SCHEMA_TEXT,
  resolvers: {
    Query: {
      tasks(_: unknown, { first }: { first: number }) {
        const edges = tasks.slice(0, first).map((node) => ({ node, cursor: cursorOf(node) }));
        return { edges, pageInfo: { hasNextPage: tasks.length > first, endCursor: edges.at(-1)?.cursor } };
      },
    },
    Task: {
      id: ({ id }: ListedTask) => globalId('Task', id),
      status: () => 'READY',
      progress: () => 1,
      attempt: () => 1,
      source: () => 'FILE',
      video: (task: ListedTask) => task,
    },
    Video: { id: ({ videoId }: ListedTask) => globalId('Video', videoId) },
  },
  resolverValidationOptions: { requireResolversForResolveType: 'ignore' },
});
await serve(createYoga({ schema, logging: false }));
