import type { Things } from './two-tenants.ts';

/** What is sent of one field's arguments. */
export type Arguments = Record<string, unknown>;

/**
 * For each field of Query, Mutation and Subscription the arguments with which somebody may try to reach `theirs`, from
 * things of their own where one thing alone leads nowhere.
 */
export const CASES: Record<string, (theirs: Things, own: Things) => Arguments[]> = {
  node: (theirs) => idsIn(theirs).map((id) => ({ id })),
  nodes: (theirs) => [{ ids: idsIn(theirs) }],
  index: (theirs) => [{ id: theirs.index }, { id: theirs.video }],
  indexes: ({ cursors }) => [
    { first: 100 },
    { after: cursors.index },
    { last: 5, before: cursors.index },
    { filter: { name: '' } },
  ],
  task: (theirs) => tasksIn(theirs).map((id) => ({ id })),
  tasks: ({ index, cursors }) => [
    { first: 100 },
    { filter: { indexId: index } },
    { filter: { filename: '' }, orderBy: { field: 'UPDATED_AT', direction: 'ASC' } },
    { after: cursors.task },
    { last: 5, before: cursors.task },
  ],
  taskVideoId: (theirs) => tasksIn(theirs).map((taskId) => ({ taskId })),
  video: ({ video }) => [{ id: video }],
  embeddingTask: ({ embeddingTask, runningEmbedding }) => [{ id: embeddingTask }, { id: runningEmbedding }],
  embeddingTasks: ({ cursors }) => [
    { first: 100 },
    { after: cursors.embeddingTask },
    { last: 5, before: cursors.embeddingTask },
  ],
  models: () => [{}],
  search: ({ index, video }, own) => [
    { input: { indexIds: [index], text: 'zorblatt' } },
    { input: { indexIds: [own.index, index], text: 'zorblatt' } },
    { input: { indexIds: [own.index], text: 'zorblatt', modalities: ['TRANSCRIPTION'], filter: { filename: '' } } },
    { input: { indexIds: [own.index], videoSegment: { videoId: video, startOffset: 0 } } },
    { input: { indexIds: [index], videoSegment: { videoId: own.video, startOffset: 0 } } },
    { input: { indexIds: [own.index], videoSegment: { videoId: own.video, startOffset: 0 } }, first: 100 },
  ],
  updateIndex: ({ index }) => [
    { input: { id: index, name: 'mine' } },
    { input: { id: index, name: '', validation: { minHeight: -1 } } },
  ],
  deleteIndex: ({ index }) => [{ id: index }],
  createTask: ({ index }, own) => [
    { input: { indexId: index, videoUrl: 'https://example.org/a.mp4' } },
    { input: { indexId: index, videoUrl: 'https://example.org/a.mp4', clientToken: 'token' } },
    { input: { indexId: own.video, videoUrl: 'https://example.org/a.mp4' } },
  ],
  cancelTask: (theirs) => tasksIn(theirs).map((id) => ({ id })),
  retryTask: (theirs) => tasksIn(theirs).map((id) => ({ id })),
  deleteTask: (theirs) => tasksIn(theirs).map((id) => ({ id })),
  updateVideo: ({ video }) => [
    { input: { id: video, userMetadata: { mine: true } } },
    { input: { id: video, userMetadata: { mine: 'x'.repeat(70_000) } } },
  ],
  deleteVideo: ({ video }) => [{ id: video }],
  reindexIndex: ({ index }) => [
    { id: index, model: 'builtin' },
    { id: index, model: 'none' },
  ],
  cancelReindex: ({ reindex, runningReindex }) => [{ id: reindex }, { id: runningReindex }],
  cancelEmbeddingTask: ({ embeddingTask, runningEmbedding }) => [{ id: embeddingTask }, { id: runningEmbedding }],
  deleteEmbeddingTask: ({ embeddingTask, runningEmbedding }) => [{ id: embeddingTask }, { id: runningEmbedding }],
  embed: () => [{ input: { text: 'espresso' } }],
  // What these make is new each time: not for comparison.
  createIndex: () => [],
  createEmbeddingTask: () => [],
  taskUpdated: (theirs) => tasksIn(theirs).map((id) => ({ id })),
  tasksUpdated: ({ index }) => [{ indexId: index }],
  embeddingTaskUpdated: ({ embeddingTask, runningEmbedding }) => [{ id: embeddingTask }, { id: runningEmbedding }],
  reindexUpdated: ({ reindex, runningReindex }) => [{ id: reindex }, { id: runningReindex }],
};

/** For fields that make something new: arguments that somebody else may have used before. */
export const CREATIONS: Record<string, (known: Things) => Arguments> = {
  createIndex: ({ name }) => ({ input: { name, modalities: ['VISUAL'] } }),
  createTask: ({ index, clientToken }) => ({
    input: { indexId: index, videoUrl: 'https://example.org/a.mp4', clientToken },
  }),
  createEmbeddingTask: ({ clientToken }) => ({ input: { videoUrl: 'https://example.org/a.mp4', clientToken } }),
};

function tasksIn({ readyTask, failedTask, runningTask }: Things): string[] {
  return [readyTask, failedTask, runningTask];
}

function idsIn(theirs: Things): string[] {
  const { index, video, embeddingTask, runningEmbedding, reindex, runningReindex } = theirs;
  return [index, video, embeddingTask, runningEmbedding, reindex, runningReindex, ...tasksIn(theirs)];
}
