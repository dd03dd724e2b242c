import { type ListedTask, makeTasks } from '../task-list.ts';

/** What the list of tasks needs of the API. */
export const typeDefs = `
  type Query { tasks(first: Int!, filter: TaskFilter): TaskConnection! }
  input TaskFilter { indexId: ID }
  type TaskConnection { pageInfo: PageInfo! edges: [TaskEdge!]! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type TaskEdge { node: Task! }
  type Task {
    id: ID! status: String! progress: Float! estimatedTime: String attempt: Int! source: String! createdAt: String!
    failure: TaskFailure metadata: VideoMetadata video: Video
  }
  type TaskFailure { code: String! message: String! actual: String allowed: String }
  type VideoMetadata { filename: String! }
  type Video { id: ID! }
`;

const tasks = makeTasks(2_000);

/** Its resolvers, which have the tasks in memory. */
export const resolvers = {
  Query: {
    tasks(_: unknown, { first }: { first: number }) {
      const edges = tasks.slice(0, first).map((node) => ({ node }));
      return { edges, pageInfo: { hasNextPage: tasks.length > first, endCursor: tasks[first]?.id } };
    },
  },
  Task: {
    status: () => 'READY',
    progress: () => 1,
    attempt: () => 1,
    source: () => 'FILE',
    createdAt: ({ createdAt }: ListedTask) => createdAt.toISOString(),
    video: ({ videoId }: ListedTask) => ({ id: videoId }),
  },
};
