import assert from 'node:assert/strict';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type IndexRow, segments, type VideoRow } from '../../src/db/schema.ts';
import { findVideosOfTasks } from '../../src/domain/videos.ts';
import { startWorkers } from '../../src/jobs/start-workers.ts';
import { makeClip } from './clips.ts';
import { createGraphQLApp } from './graphql-app.ts';
import { globalId } from './tasks.ts';
import { addTurnedModel, createGate, TURNED } from './turned-model.ts';
import { uploadFile, waitForEnd } from './uploads.ts';

const REINDEX = `__typename id status progress videoCount done failure { code message } model { name installed }
  modalities createdAt updatedAt index { id model { name } }`;
export const START_REINDEX = `mutation ($id: ID!, $model: String!, $modalities: [Modality!]) {
  reindexIndex(id: $id, model: $model, modalities: $modalities) {
    ... on Reindex { ${REINDEX} }
    ... on Error { __typename code message }
    ... on InvalidInputError { issues { path message } }
  }
}`;
const CANCEL = `mutation ($id: ID!) {
  cancelReindex(id: $id) { ... on Reindex { ${REINDEX} } ... on Error { __typename code message } }
}`;
export const WATCH_REINDEX = `subscription ($id: ID!) { reindexUpdated(id: $id) { ${REINDEX} } }`;
const LOOK = `query ($id: ID!) {
  index(id: $id) {
    model { name } modalities updatedAt reindex { id status }
    videos { edges { node { segments { totalCount edges { node { startOffset embedding } } } } } }
  }
}`;
const SEARCH = `query ($input: SearchInput!) {
  search(input: $input) {
    ... on SearchConnection { edges { node { video { id } startOffset score } } }
    ... on Error { __typename message }
  }
}`;

/** An index of which the pictures are embedded. */
export const PICTURES = { modalities: ['VISUAL' as const] };

/** What the queries below select of a reindex, or of the error in its place. */
export interface ReindexResult {
  __typename: string;
  id: string;
  status: string;
  progress: number;
  videoCount: number;
  done: number;
  failure: { code: string; message: string } | null;
  modalities: string[];
  index: { id: string; model: { name: string } };
  updatedAt: string;
  message?: string;
  code?: string;
  issues?: { path: string[]; message: string }[];
}

/** What an index has, as its users see it. */
export interface IndexLook {
  model: string;
  reindex: { id: string; status: string } | null;
  updatedAt: string;
  videos: { totalCount: number; edges: { node: { startOffset: number; embedding: number[] } }[] }[];
}

export type ReindexingApp = Awaited<ReturnType<typeof createReindexingApp>>;

/** The schema on an app that does its own jobs, and that has the turned model. */
export async function createReindexingApp() {
  const graphql = await createGraphQLApp();
  const app: App = graphql.app;
  const turned = addTurnedModel(app.models);
  app.models = turned.models;
  await startWorkers(app);

  const watch = ({ id }: Pick<ReindexResult, 'id'>) =>
    graphql.subscribe<{ reindexUpdated: ReindexResult }>(WATCH_REINDEX, { id });

  return {
    app,
    graphql,
    turned,
    watch,
    /** Makes whoever embeds a video's pictures with the model wait at a gate. */
    hold(model: keyof typeof turned.before) {
      const gate = createGate();
      turned.before[model] = gate.pass;
      return gate;
    },
    /** Lets everybody embed, and makes the turned model deaf. */
    reset(): void {
      Object.assign(turned.before, { builtin: async () => {}, turned: async () => {} });
      turned.hears = null;
    },
    async start(index: IndexRow, model = TURNED, modalities?: string[]): Promise<ReindexResult> {
      const variables = { id: globalId('Index', index), model, modalities };
      return (await graphql.query<{ reindexIndex: ReindexResult }>(START_REINDEX, variables)).reindexIndex;
    },
    async cancel(id: string): Promise<ReindexResult> {
      return (await graphql.query<{ cancelReindex: ReindexResult }>(CANCEL, { id })).cancelReindex;
    },
    /** The state in which it ends. */
    async untilOver(reindex: ReindexResult): Promise<ReindexResult> {
      const last = (await Array.fromAsync(await watch(reindex))).at(-1);
      assert.ok(last);
      return last.reindexUpdated;
    },
    async look(index: IndexRow): Promise<IndexLook> {
      interface Found extends Omit<IndexLook, 'model' | 'videos'> {
        model: { name: string };
        videos: { edges: { node: { segments: IndexLook['videos'][number] } }[] };
      }
      const { index: found } = await graphql.query<{ index: Found }>(LOOK, { id: globalId('Index', index) });
      return { ...found, model: found.model.name, videos: found.videos.edges.map(({ node }) => node.segments) };
    },
    /** The clips that a search finds and their scores, to a ten-thousandth. */
    async search(index: IndexRow, query: object) {
      const input = { indexIds: [globalId('Index', index)], ...query };
      const { search } = await graphql.query<{
        search: { edges: { node: { video: { id: string }; score: number } }[] };
      }>(SEARCH, { input });
      return search.edges.map(({ node }) => ({ ...node, score: node.score.toFixed(4) }));
    },
    /** A READY video of so many scenes. */
    async addVideo(index: IndexRow, scenes = 2): Promise<VideoRow> {
      const task = await waitForEnd(app, (await uploadFile(app, index.id, await makeClip({ scenes }))).id);
      assert.equal(task.status, 'READY', task.failure?.message);
      const [video] = await findVideosOfTasks(app.db, [task.id]);
      assert.ok(video);
      return video;
    },
    /** Of which models the index has segments. */
    async modelsOf(index: IndexRow): Promise<string[]> {
      const { orm } = app.db;
      const rows = await orm
        .selectDistinct({ model: segments.model })
        .from(segments)
        .where(eq(segments.indexId, index.id));
      return rows.map(({ model }) => model).sort();
    },
    [Symbol.asyncDispose]: () => graphql[Symbol.asyncDispose](),
  };
}

/** A query that is the first clip of a video. */
export function firstClip(video: VideoRow): object {
  return { videoSegment: { videoId: globalId('Video', video), startOffset: 0 } };
}
