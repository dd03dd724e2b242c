/** The values that columns hold: string unions and JSON shapes, as the public contract names them. */

export const TASK_STATUSES = [
  'UPLOADING',
  'VALIDATING',
  'PENDING',
  'QUEUED',
  'INDEXING',
  'READY',
  'FAILED',
  'CANCELED',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const EMBEDDING_TASK_STATUSES = ['PROCESSING', 'READY', 'FAILED', 'CANCELED'] as const;
export type EmbeddingTaskStatus = (typeof EMBEDDING_TASK_STATUSES)[number];

export const REINDEX_STATUSES = ['RUNNING', 'READY', 'FAILED', 'CANCELED'] as const;
export type ReindexStatus = (typeof REINDEX_STATUSES)[number];

export const TASK_FAILURE_CODES = [
  'BROKEN_VIDEO_FILE',
  'VIDEO_RESOLUTION_TOO_LOW',
  'VIDEO_RESOLUTION_TOO_HIGH',
  'VIDEO_DURATION_TOO_SHORT',
  'VIDEO_DURATION_TOO_LONG',
  'VIDEO_FILESIZE_TOO_LARGE',
  'DOWNLOAD_FAILED',
  'TRANSCRIPTION_INVALID',
  'INTERNAL',
] as const;
export type TaskFailureCode = (typeof TASK_FAILURE_CODES)[number];

export const MODALITIES = ['VISUAL', 'AUDIO', 'TRANSCRIPTION', 'TEXT_IN_VIDEO'] as const;
export type Modality = (typeof MODALITIES)[number];

export const EMBEDDING_SCOPES = ['CLIP', 'VIDEO'] as const;
export type EmbeddingScope = (typeof EMBEDDING_SCOPES)[number];

export const TASK_SOURCES = ['FILE', 'URL'] as const;
export type TaskSource = (typeof TASK_SOURCES)[number];

/** Where the spoken words of a video come from. */
export type TranscriptSource = 'FILE' | 'URL' | 'SPEECH';

/** Something that is said: from and to in seconds, `startOffset` inclusive. */
export interface TranscriptLine {
  startOffset: number;
  endOffset: number;
  text: string;
}

/** The parts of a task whose speed is measured. */
export type Stage = 'validate' | 'index';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Why a task failed; `actual` and `allowed` are set where a rule compares the two. */
export interface TaskFailure {
  code: TaskFailureCode;
  message: string;
  actual: string | null;
  allowed: string | null;
}

/** What probing found. Duration in seconds, size in bytes, pixels as displayed. */
export interface VideoMetadata {
  duration: number;
  filename: string;
  height: number;
  width: number;
  fps: number | null;
  size: number;
}

/** What an index accepts. */
export interface ValidationPolicy {
  /** Pixels of the short side, inclusive. */
  minHeight: number;
  /** Pixels of the short side, exclusive. */
  maxHeight: number;
  /** Seconds, inclusive. */
  minDuration: number;
  /** Seconds, inclusive. */
  maxDuration: number;
  requireAudio: boolean;
  rejectBrokenFrames: boolean;
  /** Bytes, inclusive. */
  maxFileSize: number;
}

/** What a key may do, each also what those before it may. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];
