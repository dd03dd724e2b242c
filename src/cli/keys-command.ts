import type { Command } from 'commander';
import type { KeyView } from '../domain/keys.ts';
import { CommandFailedError } from './failures.ts';
import { sendKeyCommand } from './key-access.ts';
import { alignColumns, print } from './output.ts';

interface NewKeyOptions {
  tenant?: string;
  role?: string;
  ifNone?: boolean;
}

/** `keys`: who may use a server, told by whoever owns its data. */
export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description('create, list and revoke the keys of the API')
    .addHelpText(
      'after',
      `
With the first key a server needs one for everything, and it stays so. With DATABASE_URL the database is changed; else
the embedded one in DATA_DIR, by the server that has it open where one runs.`,
    );
  keys
    .command('create')
    .description('make a key and print it: once, it is not kept')
    .argument('<name>', 'what it is for')
    .option('--tenant <tenant>', 'whose data it opens (default: "default")')
    .option('--role <role>', 'read, write or admin (default: "admin")')
    .option('--if-none', 'only if there has never been a key; else print nothing')
    .action(create);
  keys.command('list').description('list all keys').action(list);
  keys
    .command('revoke')
    .description('end a key: its open connections are closed, and nobody gets in with it any more')
    .argument('<key>', 'its id, or what it begins with')
    .action(revoke);
}

async function create(name: string, { tenant, role, ifNone }: NewKeyOptions): Promise<void> {
  const { keys, key } = await sendKeyCommand({ do: 'create', name, tenant, role, ...(ifNone && { ifNone }) });
  if (key === undefined || !keys[0]) return tell('There is a key already; none was made.');
  tell(`The key "${keys[0].name}" of the tenant "${keys[0].tenant}" with the role "${keys[0].role}":`);
  print(key);
  tell('Keep it: it is shown only now.');
}

async function list(): Promise<void> {
  const { keys } = await sendKeyCommand({ do: 'list' });
  if (keys.length === 0) return tell('There are no keys. The server needs none, and listens on loopback only.');
  const heads = ['ID', 'BEGINS WITH', 'TENANT', 'ROLE', 'CREATED', 'REVOKED', 'NAME'];
  for (const line of alignColumns([heads, ...keys.map(describe)])) print(line);
}

function describe({ id, prefix, tenant, role, createdAt, revokedAt, name }: KeyView): string[] {
  return [id, prefix, tenant, role, day(createdAt), revokedAt ? day(revokedAt) : '', name];
}

function day(time: Date | string): string {
  return new Date(time).toISOString().slice(0, 10);
}

async function revoke(named: string): Promise<void> {
  const [key] = (await sendKeyCommand({ do: 'revoke', key: named })).keys;
  if (!key) throw new CommandFailedError('The key is gone.');
  print(`The key "${key.name}" (${key.prefix}…) of the tenant "${key.tenant}" is revoked.`);
}

// Apart from the key, which standard output may lead into a file or a variable.
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
