import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { runTool } from './ffmpeg.ts';

/** A program that was found and that answers. `npm` builds are old: fit for one's own files only. */
export interface Tool {
  path: string;
  version: string;
  origin: 'setting' | 'system' | 'npm';
}

export type ToolName = 'ffmpeg' | 'ffprobe';

/**
 * Finds ffmpeg or ffprobe: the setting, else the one on `searchPath` (as in PATH), else the build that npm installed.
 * A setting that is no such program is an error that names it; so is finding none at all.
 */
export async function findTool(name: ToolName, setting: string | undefined, searchPath: string): Promise<Tool> {
  const variable = `${name.toUpperCase()}_PATH`;
  if (setting !== undefined) {
    const path = resolve(setting);
    if (!(await isExecutable(path))) {
      throw new Error(`${variable} is ${JSON.stringify(setting)}, and no program is there`);
    }
    const version = await askVersion(name, path);
    if (version === null) throw new Error(`${variable} is ${JSON.stringify(setting)}, and that is not ${name}`);
    return { path, version, origin: 'setting' };
  }
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = resolve(join(folder, file));
    if (!(await isExecutable(path))) continue;
    const version = await askVersion(name, path);
    if (version !== null) return { path, version, origin: 'system' };
  }
  const path = await installedPath(name);
  const version = path === null ? null : await askVersion(name, path);
  if (path !== null && version !== null) return { path, version, origin: 'npm' };
  throw new Error(`No ${name} found: install it, or set ${variable} to its path`);
}

/** Whether this ffmpeg has the option, going by its own help: builds of today and of 2018 spell some differently. */
export async function hasOption(ffmpeg: string, option: string): Promise<boolean> {
  let found = false;
  const onStdout = (line: string) => {
    if (line.startsWith(`-${option} `)) found = true;
  };
  await runTool(ffmpeg, ['-hide_banner', '-h', 'long'], { timeout: 20, onStdout });
  return found;
}

/** Whether this ffmpeg was built with the filter. */
export async function hasFilter(ffmpeg: string, filter: string): Promise<boolean> {
  let found = false;
  const onStdout = (line: string) => {
    if (line.startsWith(`Filter ${filter}`)) found = true;
  };
  await runTool(ffmpeg, ['-hide_banner', '-h', `filter=${filter}`], { timeout: 20, onStdout });
  return found;
}

async function askVersion(name: ToolName, path: string): Promise<string | null> {
  let version: string | null = null;
  const onStdout = (line: string) => {
    version ??= new RegExp(`^${name} version (\\S+)`).exec(line)?.[1] ?? null;
  };
  try {
    const code = await runTool(path, ['-version'], { timeout: 20, onStdout });
    return code === 0 ? version : null;
  } catch {
    return null;
  }
}

// Both packages throw, one of them a string, on a platform that they have no build for.
async function installedPath(name: ToolName): Promise<string | null> {
  try {
    const installed =
      name === 'ffmpeg' ? await import('@ffmpeg-installer/ffmpeg') : await import('@ffprobe-installer/ffprobe');
    return installed.default.path;
  } catch {
    return null;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
