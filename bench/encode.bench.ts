import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMedia } from '../src/media/media.ts';
import clip from '../src/models/bundles/clip-vit-b-32.json' with { type: 'json' };
import { loadBundles } from '../src/models/bundles.ts';
import { createInferenceHost } from '../src/models/inference-host.ts';
import type { EncoderSpec } from '../src/models/inference-protocol.ts';
import { USUAL_THREADS } from '../src/models/models.ts';
import { Tensor } from '../src/models/onnx-runtime.ts';
import { createSession } from '../src/models/onnx-session.ts';
import { openVisual } from '../src/models/remote-encoders.ts';
import { modelsFolder } from '../test/helpers/models.ts';
import { writeTinyImageText } from '../test/helpers/tiny-models.ts';
import type { Bench, Figures } from './bench.ts';
import { makeClipNetwork, type Precision } from './clip-network.ts';
import { SHARED_CLIP } from './clips.ts';

/** Images a second, through all of the pipeline or through a session alone. */
const RATE = 'images/s';
const BATCHES = [1, 4, 8, 16];
/** Milliseconds that one setting of the bare session is tried for. */
const TRIAL = 700;

type Spec = EncoderSpec<'VISUAL'>;

/** A network of pictures, in the pipeline's words and as a file. */
interface Encoding {
  what: string;
  spec: Spec;
  file: string;
  images: number;
}

/**
 * From the JPEG files of a proxy to vectors, by the thread that has the encoders, beside a bare session that is fed the
 * same ready pixels again and again, with the batch and the threads that suit it best. A decode by ffmpeg runs beside both.
 */
export default async function encode(bench: Bench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-bench-'));
  const load = spawn('ffmpeg', [
    '-v',
    'quiet',
    '-nostdin',
    '-threads',
    '1',
    '-stream_loop',
    '-1',
    '-i',
    SHARED_CLIP,
    '-f',
    'null',
    '-',
  ]);
  try {
    const frames = await makeFrames(folder);
    for (const encoding of [builtin(), await clipOf(folder, 'fp32'), await clipOf(folder, 'int8')]) {
      await compareRates(bench, encoding, frames);
    }
  } finally {
    await end(load);
    await rm(folder, { recursive: true, force: true });
  }
}

async function compareRates(
  bench: Bench,
  { what, spec, file, images }: Encoding,
  frames: readonly string[],
): Promise<void> {
  const host = createInferenceHost();
  const encoder = await openVisual(host, spec);
  const best = await findBest(file);
  const files = Array.from({ length: images }, (_, at) => frames[at % frames.length] ?? '');
  const session = await createSession(file, best.threads);
  try {
    await bench.compare({
      what,
      measure: () => rateOf(images, () => encoder.encodeImages(files)),
      against: [
        {
          name: `bare session, ${best.threads} threads, batches of ${best.batch}`,
          measure: () => rateOf(images, () => runBare(session, best.batch, images)),
          limits: { [RATE]: { atLeast: 0.9 } },
        },
      ],
    });
  } finally {
    await host.close();
    await session.release();
  }
}

async function rateOf(images: number, run: () => Promise<unknown>): Promise<Figures> {
  const began = performance.now();
  await run();
  return { [RATE]: (1000 * images) / (performance.now() - began) };
}

type Session = Awaited<ReturnType<typeof createSession>>;

async function runBare(session: Session, batch: number, images: number): Promise<void> {
  const [input = ''] = session.inputNames;
  const pixels = new Tensor('float32', new Float32Array(batch * 3 * 224 * 224).fill(0.5), [batch, 3, 224, 224]);
  for (let done = 0; done < images; done += batch) await session.run({ [input]: pixels });
}

/** The batch and the threads by which a bare session is fastest. */
async function findBest(file: string): Promise<{ batch: number; threads: number }> {
  const tried: { batch: number; threads: number; rate: number }[] = [];
  for (let threads = 1; threads <= availableParallelism(); threads++) {
    const session = await createSession(file, threads);
    for (const batch of BATCHES) {
      await runBare(session, batch, batch);
      const began = performance.now();
      let images = 0;
      for (; performance.now() - began < TRIAL; images += batch) await runBare(session, batch, batch);
      tried.push({ batch, threads, rate: images / (performance.now() - began) });
    }
    await session.release();
  }
  return tried.reduce((best, each) => (each.rate > best.rate ? each : best));
}

function builtin(): Encoding {
  const part = loadBundles().bundles.get('builtin')?.part('VISUAL');
  if (!part) throw new Error('builtin has no pictures');
  const folder = join(modelsFolder, 'builtin');
  const file = join(folder, part.manifest.images.file);
  return { what: 'MobileNet', spec: { ...part, folder, threads: USUAL_THREADS }, file, images: 480 };
}

/** CLIP ViT-B/32 with random weights; its texts, which nobody asks for, are those of a tiny network. */
async function clipOf(parent: string, precision: Precision): Promise<Encoding> {
  const folder = join(parent, precision);
  const { text } = await writeTinyImageText(folder);
  const { images } = clip.modalities.VISUAL;
  const file = join(folder, images.file);
  await writeFile(file, makeClipNetwork(precision));
  const manifest = { ...clip.modalities.VISUAL, text } as Spec['manifest'];
  const spec: Spec = { path: 'VISUAL', folder, manifest, threads: USUAL_THREADS };
  return { what: `CLIP ViT-B/32, ${precision}`, spec, file, images: 48 };
}

/** The sampled frames of a real film, as a task leaves them. */
async function makeFrames(folder: string): Promise<string[]> {
  const media = await createMedia();
  await media.decode(SHARED_CLIP, await media.probe(SHARED_CLIP), { folder, checkFrames: false });
  const frames = join(folder, 'frames');
  return (await readdir(frames)).map((name) => join(frames, name));
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
