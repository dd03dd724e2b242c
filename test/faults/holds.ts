import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Database } from '../../src/db/client.ts';
import { findTool } from '../../src/media/tools.ts';
import { until } from '../helpers/until.ts';

/*
 * Brings the work on a task to a halt at a stage, the first time that it gets there, so that a kill hits just that. A
 * task says by its file name where: `COMMIT.mp4`. What halts is the real thing: a transaction, a COMMIT, ffmpeg.
 */

/**
 * Where a task is halted by its database: before the transaction of the step that its name leads to has ended, or, of
 * the READY of a task, within the COMMIT. INDEXING, where a network computes, is only told of.
 */
const TRIGGERS = `
  create function hold_at(what text, waits boolean) returns void language plpgsql as $$
  declare mark text := current_setting('data_directory') || '/hold-' || what;
  begin
    if (pg_stat_file(mark, true)).size is not null then return; end if;
    execute format('copy (select 1) to %L', mark);
    while waits and (pg_stat_file(mark || '.over', true)).size is null loop perform pg_sleep(0.02); end loop;
  end $$;
  create function hold_task() returns trigger language plpgsql as $$
  declare
    place text := split_part(new.filename, '.', 1);
    reached text := case
      when new.status = 'QUEUED' then 'PENDING'
      when new.status = 'INDEXING' and place = 'INDEXING' then 'INDEXING'
      when old.status = 'QUEUED' and new.status = 'INDEXING' then 'QUEUED'
      when new.status = 'READY' then 'READY'
    end;
  begin
    if tg_argv[0] = 'commit' and new.status = 'READY' then reached := 'COMMIT'; end if;
    if reached = place then perform hold_at(new.id || '-' || place, place <> 'INDEXING'); end if;
    return new;
  end $$;
  create trigger hold before update on tasks for each row execute function hold_task('step');
  create trigger hold before update on embedding_tasks for each row execute function hold_task('step');
  create constraint trigger hold_commit after update on tasks deferrable initially deferred
    for each row execute function hold_task('commit');
`;

export async function installHolds(database: Database): Promise<void> {
  for (const statement of TRIGGERS.split(/;\n(?= {2}create)/)) await database.orm.execute(sql.raw(statement));
}

/** Resolves once the database has come to the halt of a task. */
export async function heldByDatabase(dataDirectory: string, id: string, place: string): Promise<void> {
  await until(() => isThere(join(dataDirectory, `hold-${id}-${place}`)));
}

/** Lets what a killed process has left in the database go on: Postgres does not know yet that nobody listens. */
export async function releaseDatabase(dataDirectory: string, id: string, place: string): Promise<void> {
  await writeFile(join(dataDirectory, `hold-${id}-${place}.over`), '');
}

/**
 * ffmpeg and ffprobe that come to a halt at the assets that they are told of, once for each; of a decode they can also
 * just tell when it is done.
 */
export interface HeldTools {
  settings: { FFMPEG_PATH: string; FFPROBE_PATH: string };
  /** Asks for a halt, or for word of the end of a decode; `held` resolves once it is there. */
  hold(at: 'ffmpeg' | 'ffprobe' | 'decoded', sha256: string): Promise<{ held: Promise<void> }>;
}

/** @param folder where they are put */
export async function createHeldTools(folder: string): Promise<HeldTools> {
  await mkdir(folder);
  const write = async (name: 'ffmpeg' | 'ffprobe', options: string, halt: string) => {
    const { path } = await findTool(name, undefined, process.env.PATH ?? '');
    const file = join(folder, name);
    await writeFile(
      file,
      `#!/bin/sh
for word; do case "$word" in */assets/*) asset=\${word##*/} ;; esac; done
begins() { [ -n "$asset" ] && mv "${folder}/$1-$asset" "${folder}/$1-$asset.begun" 2>/dev/null; }
if begins ${name}; then
  held=${folder}/${name}-$asset.held
  ${halt}
  exec ${path} ${options} "$@"
fi
if [ ${name} = ffmpeg ] && begins decoded; then
  ${path} "$@"
  code=$?
  touch ${folder}/decoded-$asset.held
  exit $code
fi
exec ${path} "$@"`,
    );
    await chmod(file, 0o700);
    return file;
  };
  return {
    settings: {
      // Stopped in the middle of its work, which -re stretches to the video's own time.
      FFMPEG_PATH: await write('ffmpeg', '-re', '{ sleep 0.3; kill -STOP $$ && touch "$held"; } >/dev/null 2>&1 &'),
      FFPROBE_PATH: await write('ffprobe', '', 'touch "$held"; kill -STOP $$'),
    },
    async hold(at, sha256) {
      const file = join(folder, `${at}-${sha256}`);
      await writeFile(file, '');
      return { held: until(() => isThere(`${file}.held`)) };
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
