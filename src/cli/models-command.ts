import { join } from 'node:path';
import type { Command } from 'commander';
import { parseEnv } from '../env.ts';
import type { FileCheck, ManifestFault, ModalityDescription, Models, Pinning } from '../models/models.ts';
import { abortOnInterrupt, CommandFailedError } from './failures.ts';
import { alignColumns, print } from './output.ts';
import { showBytes } from './progress.ts';

const DEFAULT_MODEL = 'builtin';

/** `models`: what is installed in the data folder, without a server. */
export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('list, install and check the models in the data folder');
  models.command('list').description('list every known model').action(list);
  models
    .command('pull')
    .description('download models, and those that they borrow from, and install them; those that are whole are left')
    .argument('[names...]', `the models; "${DEFAULT_MODEL}" when none is named`)
    .action((names: string[]) => pull(names.length > 0 ? names : [DEFAULT_MODEL]));
  models
    .command('verify')
    .description("check models' files against their checksums")
    .argument('[names...]', 'the models; every installed one when none is named')
    .action((names: string[]) => verify(names));
}

async function list(): Promise<void> {
  await withModels(async (models) => {
    const rows: string[][] = [];
    const notes: string[] = [];
    for (const { name, installed, license, modalities } of await models.list()) {
      const pinning = describePinning(await models.pinning(name));
      for (const [at, modality] of modalities.entries()) {
        const own = at === 0 ? [name, installed ? 'yes' : 'no'] : ['', ''];
        const [dimensions, queries] = [modality.dimensions?.toString() ?? 'words', describeQueries(modality)];
        rows.push([...own, modality.modality, dimensions, queries, ...(at === 0 ? [pinning, license] : [])]);
      }
      const borrowed = models.borrowed(name);
      if (borrowed.length > 0)
        notes.push(`${name} borrows from ${borrowed.join(', ')}, which its pull installs as well.`);
    }
    const heads = ['NAME', 'INSTALLED', 'MODALITY', 'DIMENSIONS', 'QUERIES', 'CHECKSUMS', 'LICENCE'];
    for (const line of alignColumns([heads, ...rows])) print(line);
    if (notes.length > 0) print();
    for (const note of notes) print(note);
    warnOf(models.faults);
  });
}

function describeQueries({ textQueries, imageQueries, vocabulary, wordsMustCome }: ModalityDescription): string {
  const text = vocabulary === 'CLOSED' ? 'text (closed vocabulary)' : wordsMustCome ? 'text (of subtitles)' : 'text';
  return [...(textQueries ? [text] : []), ...(imageQueries ? ['image'] : [])].join(', ') || 'none';
}

function describePinning(pinning: Pinning): string {
  if (pinning.state === 'fixed') return 'fixed';
  return pinning.state === 'unpinned' ? 'not pinned yet' : `pinned at first pull on ${pinning.at.slice(0, 10)}`;
}

function warnOf(faults: readonly ManifestFault[]): void {
  for (const { name, file, faults: found } of faults)
    process.stderr.write(
      `The manifest ${file} of "${name}" is left out:\n${found.map((fault) => `  ${fault}\n`).join('')}`,
    );
}

async function pull(names: readonly string[]): Promise<void> {
  await withModels(async (models) => {
    const signal = abortOnInterrupt();
    for (const name of new Set(names)) {
      // Read anew: this is what `verify` tells to do where a file looks as it did and is damaged.
      if ((await models.verify(name)).every(({ status }) => status === 'ok')) {
        print(`The model "${name}" is installed already.`);
        continue;
      }
      await pullModel(models, name, signal);
      print(`The model "${name}" is installed.`);
    }
  });
}

/** Installs a model, showing how far it and each that it borrows from are. Throws as `Models.pull` does. */
export async function pullModel(models: Models, name: string, signal: AbortSignal): Promise<void> {
  let [pulled, progress] = [name, showBytes(`pulling ${name}`)];
  try {
    await models.pull(name, {
      signal,
      onProgress({ bundle, phase, bytes, total }) {
        if (bundle !== pulled) {
          progress.stop();
          [pulled, progress] = [bundle, showBytes(`pulling ${bundle}`)];
        }
        if (phase === 'wait') process.stderr.write('waiting for another process that downloads models\n');
        else progress.update(bytes, total);
      },
    });
  } finally {
    progress.stop();
  }
}

async function verify(given: readonly string[]): Promise<void> {
  await withModels(async (models) => {
    const names = given.length > 0 ? given : (await models.list()).map(({ name }) => name);
    const checks = new Map<string, FileCheck>();
    for (const name of names)
      for (const check of await models.verify(name)) checks.set(`${check.bundle}/${check.file}`, check);
    const installed = new Set([...checks.values()].filter(wasInstalled).map(({ bundle }) => bundle));
    const known = [...checks.values()].filter(({ bundle }) => given.length > 0 || installed.has(bundle));
    if (known.length === 0) throw new CommandFailedError('No model is installed.');
    for (const line of alignColumns(known.map((check) => [check.bundle, check.file, describeCheck(check)])))
      print(line);
    const damaged = [...new Set(known.filter(({ status }) => status !== 'ok').map(({ bundle }) => bundle))];
    if (damaged.length === 0) return;
    const remedy = `reelgraph models pull ${damaged.join(' ')}`;
    throw new CommandFailedError(`Not whole: ${damaged.join(', ')}. Install it again with: ${remedy}`);
  });
}

function wasInstalled(check: FileCheck): boolean {
  return check.status !== 'missing' || check.expected !== null;
}

function describeCheck(check: FileCheck): string {
  if (check.status === 'ok') return 'ok';
  if (check.status === 'missing') return 'missing';
  return `changed: its SHA-256 is ${check.actual}, not ${check.expected}`;
}

async function withModels(work: (models: Models) => Promise<void>): Promise<void> {
  const { DATA_DIR, MODELS_DIR, HF_ENDPOINT } = parseEnv(process.env);
  const { createModels } = await import('../models/models.ts');
  const folder = MODELS_DIR ?? join(DATA_DIR, 'models');
  const models = await createModels({ folder, environment: process.env, hub: HF_ENDPOINT });
  try {
    await work(models);
  } finally {
    await models.close();
  }
}
