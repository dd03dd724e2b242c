import { type Command, InvalidArgumentError } from 'commander';
import type { Client, Index } from '../client/client.ts';
import { abortOnInterrupt, CommandFailedError } from './failures.ts';
import { printHits } from './hits.ts';
import { print } from './output.ts';
import { addServerOptions, type ServerOptions, withClient } from './server-option.ts';

interface Options extends ServerOptions {
  image?: string;
  index?: string[];
  first: number;
}

/** `search`: the segments of a running server's videos, by words or by a picture. */
export function addSearchCommand(program: Command): void {
  const command = program
    .command('search')
    .description('find segments by words, or by a picture')
    .argument('[text...]', 'the words to look for')
    .option('--image <file>', 'a picture to look for instead of words')
    .option('--index <name>', 'an index to look in; may be given several times (default: all)', collect)
    .option('--first <count>', 'how many hits to print, 1 to 100', parseCount, 10)
    .addHelpText(
      'after',
      `
The model "builtin" knows the names of things in its closed vocabulary only, such as "espresso" or "a red traffic
light"; words that name none of them are refused, with near names.`,
    );
  addServerOptions(command).action((words: string[], options: Options) => {
    const text = words.join(' ');
    if ((text === '') === (options.image === undefined))
      command.error(`error: give either words or --image${text === '' ? '' : ', not both'}`);
    return withClient(options, (client) => search(client, text, options));
  });
}

async function search(client: Client, text: string, { image, index: names, first }: Options): Promise<void> {
  const signal = abortOnInterrupt();
  const query = image === undefined ? { text } : { image };
  const indexes = await (names ? findIndexes(client, names, signal) : Array.fromAsync(client.indexes({ signal })));
  if (indexes.length === 0)
    throw new CommandFailedError('There is no index yet. Put a video into one with: reelgraph index FILE');
  const indexIds = indexes.map(({ id }) => id);
  const hits = await client.search({ indexIds, ...query }, { first, signal });
  if (hits.length === 0) print('No hits.');
  else printHits(hits);
}

async function findIndexes(client: Client, names: readonly string[], signal: AbortSignal): Promise<Index[]> {
  const indexes: Index[] = [];
  for (const name of new Set(names)) {
    const index = await client.findIndex(name, { signal });
    if (!index) throw new CommandFailedError(`There is no index named "${name}".`);
    indexes.push(index);
  }
  return indexes;
}

function parseCount(given: string): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 100.');
}

function collect(given: string, before: string[] = []): string[] {
  return [...before, given];
}
