import type { TextEncoding } from './class-text.ts';
import type { ImageSource } from './image-pixels.ts';

/** How a run may be ended, between two batches at the latest; whether it may overtake; who follows it. */
export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** Somebody waits for the answer: its batches go before those of indexing. Queries of text always do. */
  urgent?: boolean | undefined;
  /** Told the part done, 0 to 1, whenever it grows. */
  onProgress?: ((fraction: number) => void) | undefined;
}

/** Pictures, and texts that say what a picture shows, as vectors in one space. */
export interface VisualEncoder {
  /** The length of every vector. */
  readonly dimensions: number;
  /** How many images go through the network at once; more in one call are cut into batches of this size. */
  readonly batchSize: number;
  /**
   * One L2-normalised vector for each image, given as bytes or as the path of a file.
   * Throws UndecodableImageError, naming the image by its place, when one cannot be decoded.
   */
  encodeImages(images: readonly ImageSource[], options?: RunOptions): Promise<Float32Array[]>;
  /** The L2-normalised vector of what the text names, in the same space as the images; or the words that name nothing. */
  encodeText(text: string): Promise<TextEncoding>;
}

/** Sounds, and texts that say what is heard, as vectors in one space. */
export interface AudioEncoder {
  readonly dimensions: number;
  readonly batchSize: number;
  /** Of the samples that it takes, in Hz. */
  readonly sampleRate: number;
  /** One L2-normalised vector for each sound, given as mono samples from -1 to 1 at `sampleRate`. */
  encodeSounds(sounds: readonly Float32Array[], options?: RunOptions): Promise<Float32Array[]>;
  /** The L2-normalised vector of a description of a sound. */
  encodeText(text: string): Promise<Float32Array>;
}

/** What words mean, as vectors. */
export interface WordsEncoder {
  readonly dimensions: number;
  readonly batchSize: number;
  /** One L2-normalised vector for each text that is to be found. */
  encodePassages(texts: readonly string[], options?: RunOptions): Promise<Float32Array[]>;
  /** The L2-normalised vector of what is looked for. */
  encodeQuery(text: string): Promise<Float32Array>;
}

/** A line of text in a picture. `box` are its corners in pixels, from the top left in reading order; `score` is 0 to 1. */
export interface ReadLine {
  text: string;
  score: number;
  box: [x: number, y: number][];
}

/** Reads the words in pictures. */
export interface TextReader {
  /** The lines of a picture in reading order. Throws UndecodableImageError. */
  read(image: ImageSource, options?: RunOptions): Promise<ReadLine[]>;
}

/** A sound that is read piece by piece: mono, 16 kHz, samples from -1 to 1. */
export interface SoundSource {
  /** Seconds. */
  readonly duration: number;
  /** The samples from `start` to `end` (seconds), or to the end of the sound where that comes first. */
  read(start: number, end: number): Promise<Float32Array>;
}

/** Something that is said: from and to in seconds. */
export interface SpokenLine {
  startOffset: number;
  endOffset: number;
  text: string;
}

/** Writes down what is said. */
export interface SpeechRecognizer {
  /**
   * The spoken lines by time, and their language as a BCP 47 tag.
   * @param options.language what is spoken, as a BCP 47 tag; found out when not given
   */
  recognize(
    sound: SoundSource,
    options?: RunOptions & { language?: string | undefined },
  ): Promise<{ lines: SpokenLine[]; language: string | null }>;
}
