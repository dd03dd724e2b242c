import type { Command } from 'commander';
import { parseEnv } from '../env.ts';

/** `serve` and `worker`: the server in this process, until a signal ends it. */
export function addServeCommands(program: Command): void {
  program
    .command('serve')
    .description('run the API and, unless ROLE=api, the workers')
    .addHelpText(
      'after',
      `
Without settings it listens on http://127.0.0.1:4000 and keeps everything in ./data.
Ctrl-C stops it in order; a second Ctrl-C stops it on the spot.`,
    )
    .action(() => start());
  program
    .command('worker')
    .description('run workers only; needs DATABASE_URL')
    .addHelpText(
      'after',
      `
It takes jobs from the database that it shares with the API (the same as ROLE=worker). With PORT set, it answers
/health, /ready and /metrics there.`,
    )
    .action(() => {
      process.env.ROLE = 'worker';
      return start();
    });
}

async function start(): Promise<void> {
  // A bad setting is told before anything is loaded.
  parseEnv(process.env);
  await import('../main.ts');
}
