/**
 * Yoga as it comes, with the API's schema and tasks in memory: `bare-yoga.ts COUNT`. With a database and statements for
 * it, `bare-yoga.ts COUNT URL JSON`, each page is answered after these were sent: the least that it takes to ask Postgres.
 */
import { createSchema, createYoga } from 'graphql-yoga';
import { openReplay, type Statement } from '../statements.ts';
import { type ListedTask, makeTasks, SCHEMA_TEXT } from '../task-list.ts';
import { serve } from './serve.ts';

const [count, databaseUrl, recorded = '[]'] = process.argv.slice(2);
const tasks = makeTasks(Number(count));
const statements: Statement[] = JSON.parse(recorded);
const replay = openReplay(databaseUrl ?? '', 10);
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const cursorOf = ({ createdAt, id }: ListedTask) => Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

function readPage({ first }: { first: number }) {
  const edges = tasks.slice(0, first).map((node) => ({ node, cursor: cursorOf(node) }));
  return { edges, pageInfo: { hasNextPage: tasks.length > first, endCursor: edges.at(-1)?.cursor } };
}

const schema = createSchema({
  typeDefs: SCHEMA_TEXT,
  resolvers: {
    Query: {
      tasks(_: unknown, page: { first: number }) {
        return statements.length === 0 ? readPage(page) : replay.run(statements).then(() => readPage(page));
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
