import { join } from 'node:path';
import type { Command } from 'commander';
import { parseEnv } from '../env.ts';
import type { FileCheck, ModalityDescription, Models } from '../models/models.ts';
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
    .description('download a model and install it; does nothing when it is installed and whole')
    .argument('[name]', 'the model', DEFAULT_MODEL)
    .action((name: string) => pull(name));
  models
    .command('verify')
    .description("check a model's files against their checksums")
    .argument('[name]', 'the model; without it, every installed one')
    .action((name?: string) => verify(name));
}

async function list(): Promise<void> {
  await withModels(async (models) => {
    const rows = (await models.list()).flatMap(({ name, installed, license, modalities }) =>
      modalities.map((modality, at) => {
        const [dimensions, queries] = [modality.dimensions?.toString() ?? 'none', describeQueries(modality)];
        const own = at === 0 ? [name, installed ? 'yes' : 'no'] : ['', ''];
        return [...own, modality.modality, dimensions, queries, at === 0 ? license : ''];
      }),
    );
    const heads = ['NAME', 'INSTALLED', 'MODALITY', 'DIMENSIONS', 'QUERIES', 'LICENCE'];
    for (const line of alignColumns([heads, ...rows])) print(line);
  });
}

function describeQueries({ textQueries, imageQueries, vocabulary }: ModalityDescription): string {
  const text = vocabulary === 'CLOSED' ? 'text (closed vocabulary)' : 'text';
  return [...(textQueries ? [text] : []), ...(imageQueries ? ['image'] : [])].join(', ') || 'none';
}

async function pull(name: string): Promise<void> {
  await withModels(async (models) => {
    if (models.describe(name)?.installed) return print(`The model "${name}" is installed already.`);
    await pullModel(models, name, abortOnInterrupt());
    print(`The model "${name}" is installed.`);
  });
}

/** Installs a model, showing how far it is. Throws as `Models.pull` does. */
export async function pullModel(models: Models, name: string, signal: AbortSignal): Promise<void> {
  const progress = showBytes(`pulling ${name}`);
  try {
    await models.pull(name, { signal, onProgress: ({ bytes, total }) => progress.update(bytes, total) });
  } finally {
    progress.stop();
  }
}

async function verify(name: string | undefined): Promise<void> {
  await withModels(async (models) => {
    const names = name === undefined ? (await models.list()).map((model) => model.name) : [name];
    const checked = await Promise.all(names.map(async (model) => ({ model, checks: await models.verify(model) })));
    const known = checked.filter(({ checks }) => name !== undefined || checks.some(wasInstalled));
    if (known.length === 0) throw new CommandFailedError('No model is installed.');
    const rows = known.flatMap(({ model, checks }) => checks.map((check) => [model, check.file, describeCheck(check)]));
    for (const line of alignColumns(rows)) print(line);
    const damaged = known
      .filter(({ checks }) => checks.some(({ status }) => status !== 'ok'))
      .map(({ model }) => model);
    if (damaged.length === 0) return;
    const remedies = damaged.map((model) => `reelgraph models pull ${model}`);
    throw new CommandFailedError(`Not whole: ${damaged.join(', ')}. Install it again with: ${remedies.join('; ')}`);
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
  const { DATA_DIR, MODELS_DIR } = parseEnv(process.env);
  const { createModels } = await import('../models/models.ts');
  const models = await createModels({ folder: MODELS_DIR ?? join(DATA_DIR, 'models'), environment: process.env });
  try {
    await work(models);
  } finally {
    await models.close();
  }
}
