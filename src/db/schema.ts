import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  EmbeddingScope,
  EmbeddingTaskStatus,
  JsonObject,
  Modality,
  ReindexStatus,
  Role,
  Stage,
  TaskFailure,
  TaskSource,
  TaskStatus,
  TranscriptLine,
  TranscriptSource,
  ValidationPolicy,
  VideoMetadata,
} from './values.ts';

/**
 * A half-precision vector of any dimension (pgvector `halfvec`): one table serves every model, and each model has an
 * index over the cast to its own dimensions. A `vector(512)` row would be moved out of the table and scan 8 times slower.
 */
export const halfvec = customType<{ data: Float32Array; driverData: string }>({
  dataType: () => 'halfvec',
  toDriver: (vector) => `[${vector.join(',')}]`,
  fromDriver: (stored) => Float32Array.from(JSON.parse(stored) as number[]),
});

/** A full-precision vector of any dimension (pgvector `vector`), for what is handed out rather than searched. */
const vector = customType<{ data: Float32Array; driverData: string }>({
  dataType: () => 'vector',
  toDriver: (given) => `[${given.join(',')}]`,
  fromDriver: (stored) => Float32Array.from(JSON.parse(stored) as number[]),
});

/** Words with their places, as Postgres full text search compares them. Written in SQL, never read. */
const tsvector = customType<{ data: never; driverData: string }>({ dataType: () => 'tsvector' });

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
const id = () => uuid('id').primaryKey();
const tenant = () => text('tenant').notNull();
const createdAt = () => instant('created_at').notNull().default(sql`clock_timestamp()`);
const updatedAt = () => instant('updated_at').notNull().default(sql`clock_timestamp()`);

/** Named collections of videos. */
export const indexes = pgTable(
  'indexes',
  {
    id: id(),
    tenant: tenant(),
    name: text('name').notNull(),
    model: text('model').notNull(),
    modalities: text('modalities').array().$type<Modality[]>().notNull(),
    clipLength: doublePrecision('clip_length').notNull(),
    overlap: doublePrecision('overlap').notNull(),
    validation: jsonb('validation').$type<ValidationPolicy>().notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('indexes_tenant_name').on(table.tenant, table.name),
    index('indexes_created').on(table.tenant, table.createdAt, table.id),
    index('indexes_updated').on(table.tenant, table.updatedAt, table.id),
  ],
);

/** The stored bytes of uploads, named by their SHA-256. A row exists before anything refers to its bytes. */
export const assets = pgTable('assets', {
  sha256: text('sha256').primaryKey(),
  size: bigint('size', { mode: 'number' }).notNull(),
  createdAt: createdAt(),
});

/** Requests to upload and index one video each. */
export const tasks = pgTable(
  'tasks',
  {
    id: id(),
    tenant: tenant(),
    indexId: uuid('index_id')
      .notNull()
      .references(() => indexes.id, { onDelete: 'cascade' }),
    status: text('status').$type<TaskStatus>().notNull(),
    /** Counts transitions; gives subscribers an order without gaps. */
    version: integer('version').notNull(),
    attempt: integer('attempt').notNull(),
    progress: doublePrecision('progress').notNull(),
    failure: jsonb('failure').$type<TaskFailure>(),
    source: text('source').$type<TaskSource>().notNull(),
    sourceUrl: text('source_url'),
    asset: text('asset').references(() => assets.sha256),
    filename: text('filename').notNull(),
    metadata: jsonb('metadata').$type<VideoMetadata>(),
    userMetadata: jsonb('user_metadata').$type<JsonObject>().notNull(),
    language: text('language'),
    clientToken: text('client_token'),
    /** SHA-256 of the input that came with the client token. */
    inputDigest: text('input_digest'),
    /** When it is this task's turn among those of other indexes and tenants; small ones come first. */
    turn: integer('turn').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('tasks_client_token').on(table.tenant, table.clientToken),
    index('tasks_index_created').on(table.indexId, table.createdAt, table.id),
    index('tasks_created').on(table.tenant, table.createdAt, table.id),
    index('tasks_updated').on(table.tenant, table.updatedAt, table.id),
    index('tasks_asset').on(table.asset),
    index('tasks_unfinished').on(table.createdAt).where(sql`${table.status} not in ('READY', 'FAILED', 'CANCELED')`),
    index('tasks_queued').on(table.tenant).where(sql`${table.status} not in ('READY', 'FAILED', 'CANCELED')`),
    index('tasks_stored').on(table.tenant, table.asset).where(sql`${table.asset} is not null`),
    check('tasks_failure', sql`(${table.status} = 'FAILED') = (${table.failure} is not null)`),
  ],
);

/** Every state that a task has been in, as its subscribers see it. */
export const transitions = pgTable(
  'transitions',
  {
    taskId: uuid('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    attempt: integer('attempt').notNull(),
    status: text('status').$type<TaskStatus>().notNull(),
    progress: doublePrecision('progress').notNull(),
    failure: jsonb('failure').$type<TaskFailure>(),
    at: instant('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.version] })],
);

/** The spoken words of a task's video: given by its owner, or recognised from the sound. */
export const transcripts = pgTable('transcripts', {
  taskId: uuid('task_id')
    .primaryKey()
    .references(() => tasks.id, { onDelete: 'cascade' }),
  source: text('source').$type<TranscriptSource>().notNull(),
  url: text('url'),
  /** The file as it was given; null until it has been downloaded, and for what was recognised. */
  content: text('content'),
  /** Null until the file has been parsed. */
  lines: jsonb('lines').$type<TranscriptLine[]>(),
});

/** What READY tasks produced. */
export const videos = pgTable(
  'videos',
  {
    id: id(),
    tenant: tenant(),
    indexId: uuid('index_id')
      .notNull()
      .references(() => indexes.id, { onDelete: 'cascade' }),
    taskId: uuid('task_id')
      .notNull()
      .unique('videos_task')
      .references(() => tasks.id, { onDelete: 'cascade' }),
    asset: text('asset')
      .notNull()
      .references(() => assets.sha256),
    metadata: jsonb('metadata').$type<VideoMetadata>().notNull(),
    userMetadata: jsonb('user_metadata').$type<JsonObject>().notNull(),
    /** Of its words, as a BCP 47 tag; null where it is not known. */
    language: text('language'),
    /** A file name in the asset's proxy. */
    thumbnail: text('thumbnail'),
    createdAt: createdAt(),
  },
  (table) => [
    index('videos_index_created').on(table.indexId, table.createdAt, table.id),
    index('videos_asset').on(table.asset),
    index('videos_user_metadata').using('gin', table.userMetadata.op('jsonb_path_ops')),
  ],
);

/** Spans of videos with their embeddings. `index_id` and `tenant` are repeated so that a search filters one table. */
export const segments = pgTable(
  'segments',
  {
    id: id(),
    tenant: tenant(),
    indexId: uuid('index_id').notNull(),
    videoId: uuid('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
    model: text('model').notNull(),
    modality: text('modality').$type<Modality>().notNull(),
    scope: text('scope').$type<EmbeddingScope>().notNull(),
    startOffset: doublePrecision('start_offset').notNull(),
    endOffset: doublePrecision('end_offset').notNull(),
    /** A file name in the asset's proxy. */
    thumbnail: text('thumbnail'),
    text: text('text'),
    /** The lexemes of `text`. */
    words: tsvector('words'),
    embedding: halfvec('embedding'),
  },
  (table) => [
    unique('segments_span').on(table.videoId, table.model, table.modality, table.scope, table.startOffset),
    // Of the columns of `segments_span`, but without the last, so that the rows of a video share an entry: counted and
    // fetched by it, they take half and five sixths of the time.
    index('segments_video').on(table.videoId, table.model, table.modality, table.scope),
    index('segments_index').on(table.indexId, table.model, table.modality, table.scope),
    index('segments_words').using('gin', table.words),
  ],
);

/** Requests to embed one video each, outside any index. */
export const embeddingTasks = pgTable(
  'embedding_tasks',
  {
    id: id(),
    tenant: tenant(),
    model: text('model').notNull(),
    status: text('status').$type<EmbeddingTaskStatus>().notNull(),
    /** Counts changes of the status; gives subscribers an order without gaps. */
    version: integer('version').notNull(),
    progress: doublePrecision('progress').notNull(),
    failure: jsonb('failure').$type<TaskFailure>(),
    source: text('source').$type<TaskSource>().notNull(),
    sourceUrl: text('source_url'),
    asset: text('asset').references(() => assets.sha256),
    filename: text('filename').notNull(),
    metadata: jsonb('metadata').$type<VideoMetadata>(),
    /** The part to embed, in seconds; the whole video when both are null. */
    startOffset: doublePrecision('start_offset'),
    endOffset: doublePrecision('end_offset'),
    clipLength: doublePrecision('clip_length').notNull(),
    scopes: text('scopes').array().$type<EmbeddingScope[]>().notNull(),
    modalities: text('modalities').array().$type<Modality[]>().notNull(),
    clientToken: text('client_token'),
    /** SHA-256 of the input that came with the client token. */
    inputDigest: text('input_digest'),
    /** As that of `tasks`. */
    turn: integer('turn').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('embedding_tasks_client_token').on(table.tenant, table.clientToken),
    index('embedding_tasks_created').on(table.tenant, table.createdAt, table.id),
    index('embedding_tasks_updated').on(table.tenant, table.updatedAt, table.id),
    index('embedding_tasks_asset').on(table.asset),
    index('embedding_tasks_ended').on(table.updatedAt).where(sql`${table.status} <> 'PROCESSING'`),
    index('embedding_tasks_unfinished').on(table.createdAt).where(sql`${table.status} = 'PROCESSING'`),
    index('embedding_tasks_queued').on(table.tenant).where(sql`${table.status} = 'PROCESSING'`),
    index('embedding_tasks_stored').on(table.tenant, table.asset).where(sql`${table.asset} is not null`),
    check('embedding_tasks_failure', sql`(${table.status} = 'FAILED') = (${table.failure} is not null)`),
  ],
);

/** What READY embedding tasks hand back. */
export const embeddings = pgTable(
  'embeddings',
  {
    id: id(),
    embeddingTaskId: uuid('embedding_task_id')
      .notNull()
      .references(() => embeddingTasks.id, { onDelete: 'cascade' }),
    modality: text('modality').$type<Modality>().notNull(),
    scope: text('scope').$type<EmbeddingScope>().notNull(),
    startOffset: doublePrecision('start_offset').notNull(),
    endOffset: doublePrecision('end_offset').notNull(),
    /** A file name in the asset's proxy. */
    thumbnail: text('thumbnail'),
    text: text('text'),
    embedding: vector('embedding'),
  },
  (table) => [unique('embeddings_span').on(table.embeddingTaskId, table.modality, table.scope, table.startOffset)],
);

/** Changes of an index's model: its videos are embedded anew while the old vectors serve. */
export const reindexes = pgTable(
  'reindexes',
  {
    id: id(),
    tenant: tenant(),
    indexId: uuid('index_id')
      .notNull()
      .references(() => indexes.id, { onDelete: 'cascade' }),
    model: text('model').notNull(),
    modalities: text('modalities').array().$type<Modality[]>().notNull(),
    status: text('status').$type<ReindexStatus>().notNull(),
    /** Counts changes; gives subscribers an order without gaps. */
    version: integer('version').notNull(),
    /** Videos. */
    total: integer('total').notNull(),
    done: integer('done').notNull(),
    failure: jsonb('failure').$type<TaskFailure>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('reindexes_index').on(table.indexId, table.createdAt),
    uniqueIndex('reindexes_running').on(table.indexId).where(sql`${table.status} = 'RUNNING'`),
  ],
);

/** The videos that a running reindex has taken up; gone when it ends. */
export const reindexVideos = pgTable(
  'reindex_videos',
  {
    reindexId: uuid('reindex_id')
      .notNull()
      .references(() => reindexes.id, { onDelete: 'cascade' }),
    videoId: uuid('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
    /** Whether the new segments are there. */
    done: boolean('done').notNull().default(false),
    /** What the new model heard, for the time when it is the index's model; null where it did not listen. */
    lines: jsonb('lines').$type<TranscriptLine[]>(),
    language: text('language'),
  },
  (table) => [
    primaryKey({ columns: [table.reindexId, table.videoId] }),
    index('reindex_videos_video').on(table.videoId),
  ],
);

/** The last turn that each flow of work was given; what a turn is, `domain/turns.ts` says. */
export const turns = pgTable(
  'turns',
  {
    /** The jobs that wait for the same workers. */
    line: text('line').notNull(),
    tenant: tenant(),
    /** What of the tenant's has a share of its own, such as an index. */
    flow: text('flow').notNull(),
    last: integer('last').notNull(),
  },
  (table) => [primaryKey({ columns: [table.line, table.tenant, table.flow] })],
);

/** How long the stages took lately on this installation: what `Task.estimatedTime` is computed from. */
export const stageRuns = pgTable(
  'stage_runs',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    stage: text('stage').$type<Stage>().notNull(),
    /** Seconds of video. */
    mediaSeconds: doublePrecision('media_seconds').notNull(),
    /** Seconds of work. */
    wallSeconds: doublePrecision('wall_seconds').notNull(),
  },
  (table) => [index('stage_runs_stage').on(table.stage, table.id)],
);

/** Keys of the API. Their rows stay when they are revoked: that there are keys is what closes a server to all others. */
export const apiKeys = pgTable('api_keys', {
  id: id(),
  tenant: tenant(),
  name: text('name').notNull(),
  role: text('role').$type<Role>().notNull(),
  /** Of the whole key, in hex; the key itself is nowhere. */
  sha256: text('sha256').notNull().unique('api_keys_sha256'),
  /** What the key begins with, for its owner to know it by. */
  prefix: text('prefix').notNull(),
  createdAt: createdAt(),
  revokedAt: instant('revoked_at'),
});

export type IndexRow = typeof indexes.$inferSelect;
export type TaskRow = typeof tasks.$inferSelect;
export type TransitionRow = typeof transitions.$inferSelect;
export type VideoRow = typeof videos.$inferSelect;
export type SegmentRow = typeof segments.$inferSelect;
export type TranscriptRow = typeof transcripts.$inferSelect;
export type EmbeddingTaskRow = typeof embeddingTasks.$inferSelect;
export type ReindexRow = typeof reindexes.$inferSelect;
export type EmbeddingRow = typeof embeddings.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
