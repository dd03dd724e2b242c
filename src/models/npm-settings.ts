import { accessSync, constants, realpathSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import Config from '@npmcli/config';
import npmDefinitions from '@npmcli/config/lib/definitions/index.js';
import type { Options } from 'pacote';

export type NpmSettings = Options;

/**
 * The settings that npm itself would use here, in the form that pacote takes: registry, scoped registries and their
 * keys, certificate authorities, proxy, cache. They are read as npm reads them: `npm_config_*`, then the project's,
 * the user's, the global and the built-in `npmrc`.
 */
export async function loadNpmSettings(env: NodeJS.ProcessEnv, cwd = process.cwd()): Promise<NpmSettings> {
  const npm = findNpm(env);
  const config = new Config({
    npmPath: npm?.path ?? cwd,
    execPath: npm?.node ?? process.execPath,
    ...npmDefinitions,
    argv: [],
    cwd,
    // A copy, because loading writes npm_config_* variables back.
    env: { ...env },
    warn: false,
  });
  await config.load();
  const settings: NpmSettings = { ...config.flat };
  return settings;
}

/** The settings with `folder` for a cache where npm's own cannot be written, as under a user who has no home. */
export async function withWritableCache(settings: NpmSettings, folder: string): Promise<NpmSettings> {
  const { cache = folder } = settings;
  try {
    await mkdir(cache, { recursive: true });
    await access(cache, constants.W_OK);
    return settings;
  } catch {
    return { ...settings, cache: folder };
  }
}

// The global npmrc sits beside the node that npm was installed with, which need not be the node that runs now: a node
// from node_modules has no etc/npmrc of its own.
function findNpm(env: NodeJS.ProcessEnv): { path: string; node: string } | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder && !folder.includes('node_modules'));
  for (const folder of folders) {
    try {
      const npm = join(folder, 'npm');
      accessSync(npm, constants.X_OK);
      return { path: dirname(dirname(realpathSync(npm))), node: join(folder, 'node') };
    } catch {}
  }
  return undefined;
}
