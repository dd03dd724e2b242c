import type { HeldDownloads } from './held-downloads.ts';
import { type HeldTools, heldByDatabase, releaseDatabase } from './holds.ts';
import { rowId, type TasksApi } from './tasks-api.ts';
import type { VideoFile } from './video-files.ts';

/** A moment of a task's life in which its worker is killed. */
export interface Stage {
  name: string;
  kind: 'task' | 'embedding task';
  /** What comes to a halt there; a network that computes does not, and is hit while it runs. */
  halt: 'download' | 'ffprobe' | 'ffmpeg' | 'database' | 'network';
  /** The file's name, which tells the database where to halt. */
  place: string;
}

const of = (kind: Stage['kind'], halt: Stage['halt'], place: string, name: string): Stage => ({
  kind,
  halt,
  place,
  name,
});

export const STAGES: readonly Stage[] = [
  of('task', 'download', 'DOWNLOAD', 'UPLOADING'),
  of('task', 'ffprobe', 'PROBE', 'VALIDATING, probe'),
  of('task', 'ffmpeg', 'DECODE', 'VALIDATING, decode'),
  of('task', 'database', 'PENDING', 'PENDING'),
  of('task', 'database', 'QUEUED', 'QUEUED'),
  of('task', 'network', 'INDEXING', 'INDEXING'),
  of('task', 'database', 'READY', 'the transaction of READY'),
  of('task', 'database', 'COMMIT', 'the COMMIT of READY'),
  of('embedding task', 'download', 'DOWNLOAD', 'embedding, download'),
  of('embedding task', 'ffmpeg', 'DECODE', 'embedding, decode'),
  of('embedding task', 'network', 'EMBEDDING', 'embedding, embed'),
  of('embedding task', 'database', 'READY', 'embedding, READY'),
];

/** What tasks are made of and held by. */
export interface Surroundings {
  api: TasksApi;
  indexId: string;
  tools: HeldTools;
  downloads: HeldDownloads;
  dataDirectory: string;
  /** A small video, and one whose embedding takes a while. */
  files: { small: () => VideoFile; wordy: () => VideoFile };
}

/** A task on its way to its stage. */
export interface StagedTask {
  stage: Stage;
  id: string;
  /** Resolves once it is there. */
  reached: Promise<unknown>;
  /** Lets the database go on with what is left of it. */
  release(): Promise<void>;
}

/** Of which of the videos a task of the stage is. */
export function videoOf({ halt }: Stage): keyof Surroundings['files'] {
  return halt === 'network' ? 'wordy' : 'small';
}

/** An embedding task has no state of its own for the work of the networks: it comes after the decode. */
async function holdTool(tools: HeldTools, { kind, halt }: Stage, { sha256 }: VideoFile) {
  if (halt === 'ffprobe' || halt === 'ffmpeg') return tools.hold(halt, sha256);
  return kind === 'embedding task' && halt === 'network' ? tools.hold('decoded', sha256) : undefined;
}

/** Makes a task that will halt at the stage, and has got to its first one. */
export async function beginTask(around: Surroundings, stage: Stage): Promise<StagedTask> {
  const { api, tools, downloads, dataDirectory } = around;
  const { halt, place } = stage;
  const video = around.files[videoOf(stage)]();
  const tool = await holdTool(tools, stage, video);
  const offered = halt === 'download' ? downloads.offer(`${place}.mp4`, video.bytes) : undefined;
  const made = await api.create(offered ?? video, place, stage.kind === 'task' ? around.indexId : undefined);
  if (!made.id) throw new Error(`${stage.name}: ${made.code} ${made.message}`);
  const id = rowId(made.id);
  const reached = tool?.held ?? offered?.held ?? heldByDatabase(dataDirectory, id, place);
  return { stage, id, reached, release: () => releaseDatabase(dataDirectory, id, place) };
}
