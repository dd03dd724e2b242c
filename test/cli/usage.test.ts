import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import metadata from '../../package.json' with { type: 'json' };
import { runCli } from './processes.ts';

const commands = [
  'serve',
  'worker',
  'migrate',
  'keys',
  'keys create',
  'keys list',
  'keys revoke',
  'models',
  'models list',
  'models pull',
  'models verify',
  'index',
  'search',
];

for (const command of commands) {
  test(`${command} --help says what it does`, async () => {
    const { code, stdout, stderr } = await runCli([...command.split(' '), '--help']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, new RegExp(`^Usage: reelgraph ${command}\\b`));
  });
}

test('--help lists the commands, --version tells the version', async () => {
  const help = await runCli(['--help']);
  assert.equal(help.code, 0);
  for (const command of commands) assert.match(help.stdout, new RegExp(`^  ${command.split(' ')[0]}\\b`, 'm'));
  const version = await runCli(['--version']);
  assert.deepEqual([version.code, version.stdout], [0, `${metadata.version}\n`]);
});

const wrong: [args: string[], complaint: RegExp][] = [
  [[], /^Usage: reelgraph/],
  [['models'], /^Usage: reelgraph models/],
  [['serv'], /unknown command 'serv'/],
  [['serve', '--prot', '1'], /unknown option '--prot'/],
  [['keys', 'create'], /missing required argument 'name'/],
  [['index'], /missing required argument 'file-or-url'/],
  [['index', 'a.mp4', '--server', 'nowhere'], /'nowhere' is invalid. It is an address/],
  [['search'], /give either words or --image/],
  [['search', 'cat', '--image', 'cat.png'], /give either words or --image, not both/],
  [['search', 'cat', '--first', '101'], /'101' is invalid. It is a whole number from 1 to 100/],
];
for (const [args, complaint] of wrong) {
  test(`reelgraph ${args.join(' ')} is wrong usage`, async () => {
    const { code, stdout, stderr } = await runCli(args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, complaint);
  });
}

test('bad settings are told all at once, without a stack', async () => {
  const { code, stderr } = await runCli(['serve'], { PORT: 'four', LOG_LEVEL: 'loud' });
  assert.equal(code, 1);
  assert.match(stderr, /PORT=four/);
  assert.match(stderr, /LOG_LEVEL=loud/);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('npx finds the command and a Node that can run it', async () => {
  const { stdout } = await promisify(execFile)('npx', ['reelgraph', '--version']);
  assert.equal(stdout, `${metadata.version}\n`);
});
