import type { Command } from 'commander';
import { parseEnv } from '../env.ts';
import { print } from './output.ts';

/** `migrate`: what a server does to its database at the start, alone. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to this version: its tables and those of the job queue')
    .addHelpText(
      'after',
      `
A server does the same when it starts. Safe to run at any time, and from several places at once.`,
    )
    .action(migrate);
}

async function migrate(): Promise<void> {
  const env = parseEnv(process.env);
  const [{ createApp }, { ALL_JOBS }] = await Promise.all([import('../app.ts'), import('../domain/jobs.ts')]);
  const { db, queue, models, telemetry } = await createApp(env, process.env);
  try {
    await db.migrate();
    await queue.start(ALL_JOBS);
    await queue.stop(0);
  } finally {
    await models.close();
    await db.close();
    await telemetry.tracing.close();
  }
  const place = env.DATABASE_URL ? nameDatabase(env.DATABASE_URL) : `the embedded database in ${env.DATA_DIR}`;
  print(`Migrated ${place}: the tables and the job queue (${ALL_JOBS.length} kinds of jobs) are up to date.`);
}

function nameDatabase(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `the database ${pathname.slice(1) || 'of the user'} on ${host || 'this machine'}`;
}
