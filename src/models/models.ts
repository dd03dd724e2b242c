import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AudioEncoder, SpeechRecognizer, TextReader, VisualEncoder, WordsEncoder } from './encoders.ts';
import { ModelNotInstalledError, UnknownModelError, UnsupportedModalityError } from './errors.ts';
import { checkInstallation, type FileCheck } from './installation.ts';
import { loadManifests, type Manifest, type Modality, type Vocabulary } from './manifest.ts';
import { loadNpmSettings, type NpmSettings, withWritableCache } from './npm-settings.ts';
import { type PullOptions, pullBundle } from './pull.ts';
import { type LoadedEncoder, loadVisualEncoder } from './visual-encoder.ts';

export type * from './encoders.ts';
export {
  ModelNotInstalledError,
  PullFailedError,
  UndecodableImageError,
  UnknownModelError,
} from './errors.ts';
export type { FileCheck } from './installation.ts';
export type { Modality } from './manifest.ts';
export type { PullOptions, PullProgress } from './pull.ts';

/** What a model does for one modality. `dimensions` is null where words are only searched lexically. */
export interface ModalityDescription {
  modality: Modality;
  dimensions: number | null;
  textQueries: boolean;
  imageQueries: boolean;
  vocabulary: Vocabulary;
}

export interface ModelDescription {
  name: string;
  license: string;
  /** Its files are here and matched their checksums when they were last looked at. */
  installed: boolean;
  modalities: ModalityDescription[];
}

/** The models that Reelgraph knows, and their files in one folder. */
export interface Models {
  /** Every known model, after a look at the files on disk. */
  list(): Promise<ModelDescription[]>;
  /** What was last known of a model, without any I/O; undefined when there is none of that name. */
  describe(name: string): ModelDescription | undefined;
  /**
   * Downloads and installs a model; does nothing when it is installed and whole. Calls at the same time share one
   * download, with the options of the first. Throws UnknownModelError, PullFailedError or the signal's reason.
   */
  pull(name: string, options?: PullOptions): Promise<void>;
  /** Checks each file of a model against its checksum. Throws UnknownModelError. */
  verify(name: string): Promise<FileCheck[]>;
  /** The encoder of pictures, loaded once. Throws UnknownModelError, ModelNotInstalledError, UnsupportedModalityError. */
  visual(name: string): Promise<VisualEncoder>;
  /** The encoder of sounds, likewise. */
  audio(name: string): Promise<AudioEncoder>;
  /** The encoder of a modality's words, likewise; undefined where they are only searched lexically. */
  words(name: string, modality: 'TRANSCRIPTION' | 'TEXT_IN_VIDEO'): Promise<WordsEncoder | undefined>;
  /** What reads the words in pictures, likewise. */
  textReader(name: string): Promise<TextReader>;
  /** What writes down speech, likewise; undefined where spoken words must come with the video. */
  speech(name: string): Promise<SpeechRecognizer | undefined>;
  /** Releases what is loaded. Nothing may be encoded after that. */
  close(): Promise<void>;
}

export interface ModelsOptions {
  /** Where models are installed, one folder each. */
  folder: string;
  /** Threads of one run of a network; half of the cores when not given. */
  threads?: number;
  /** The process's environment variables, from which npm's own configuration is read. */
  environment?: NodeJS.ProcessEnv;
  /** Settings that win over those of npm's own configuration: `registry`, `cache`, ... */
  npm?: NpmSettings;
}

/** Opens the folder of models and looks at what is installed there. */
export async function createModels({
  folder,
  threads = defaultThreads(),
  environment = {},
  npm,
}: ModelsOptions): Promise<Models> {
  const manifests = loadManifests();
  const installed = new Set<string>();
  const pulls = new Map<string, Promise<void>>();
  const encoders = new Map<string, Promise<LoadedEncoder>>();
  let closed = false;

  const manifestOf = (name: string): Manifest => {
    const manifest = manifests.get(name);
    if (!manifest) throw new UnknownModelError(name, [...manifests.keys()]);
    return manifest;
  };

  const verify = async (name: string): Promise<FileCheck[]> => {
    const checks = await checkInstallation(join(folder, name), manifestOf(name));
    if (checks.every(({ status }) => status === 'ok')) installed.add(name);
    else installed.delete(name);
    return checks;
  };

  const isInstalled = async (name: string): Promise<boolean> => {
    await verify(name);
    return installed.has(name);
  };

  const pull = async (name: string, options: PullOptions): Promise<void> => {
    if (await isInstalled(name)) return;
    const settings = async () =>
      withWritableCache({ ...(await loadNpmSettings(environment)), retry: RETRY, ...npm }, join(folder, '.npm-cache'));
    await pullBundle(folder, manifestOf(name), settings, options);
    await verify(name);
  };

  const load = async (name: string): Promise<LoadedEncoder> => {
    const { VISUAL } = manifestOf(name).modalities;
    if (!VISUAL) throw new UnsupportedModalityError(name, 'VISUAL');
    if (!(await isInstalled(name))) throw new ModelNotInstalledError(name);
    return loadVisualEncoder(join(folder, name), VISUAL, threads);
  };

  await Promise.all([...manifests.keys()].map(verify));

  return {
    async list() {
      await Promise.all([...manifests.keys()].map(verify));
      return [...manifests.values()].map((manifest) => describe(manifest, installed.has(manifest.name)));
    },
    describe(name) {
      const manifest = manifests.get(name);
      return manifest && describe(manifest, installed.has(name));
    },
    pull(name, options = {}) {
      return once(pulls, name, () => pull(name, options).finally(() => pulls.delete(name)));
    },
    verify,
    visual(name) {
      if (closed) return Promise.reject(new Error('The models are closed.'));
      return once(encoders, name, () =>
        load(name).catch((error) => {
          encoders.delete(name);
          throw error;
        }),
      );
    },
    audio: (name) => Promise.reject(new UnsupportedModalityError(name, 'AUDIO')),
    words: (name, modality) => Promise.reject(new UnsupportedModalityError(name, modality)),
    textReader: (name) => Promise.reject(new UnsupportedModalityError(name, 'TEXT_IN_VIDEO')),
    speech: (name) => Promise.reject(new UnsupportedModalityError(name, 'TRANSCRIPTION')),
    async close() {
      closed = true;
      const loaded = await Promise.allSettled(encoders.values());
      encoders.clear();
      for (const result of loaded) if (result.status === 'fulfilled') await result.value.close();
    },
  };
}

// npm waits 10 s and then 60 s before it tries again; somebody watches this.
const RETRY = { retries: 2, factor: 3, minTimeout: 500, maxTimeout: 3000 };

function defaultThreads(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}

function once<T>(running: Map<string, Promise<T>>, name: string, start: () => Promise<T>): Promise<T> {
  const current = running.get(name) ?? start();
  running.set(name, current);
  return current;
}

function describe({ name, license, modalities: { VISUAL } }: Manifest, installed: boolean): ModelDescription {
  const modalities: ModalityDescription[] = [];
  if (VISUAL) {
    const { dimensions, vocabulary } = VISUAL;
    modalities.push({
      modality: 'VISUAL',
      dimensions,
      textQueries: vocabulary !== 'NONE',
      imageQueries: true,
      vocabulary,
    });
  }
  return { name, license, installed, modalities };
}
