import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Ticks of the clock that `/proc` counts by, a second (sysconf(_SC_CLK_TCK), 100 on every Linux). */
const TICKS = 100;

/**
 * Options of Node for servers that are measured by turns, as under a steady load. Left idle, V8 collects the shapes of
 * objects that only requests have, and throws away code that was made for them: each would be measured while it compiles
 * again after others' turns, which takes ours half as much as all else.
 */
export const STAYS_WARM = ['--no-memory-reducer'];

/** Seconds of processor that a process has used so far, in itself and by children that it has waited for (proc(5)). */
export function processorSeconds(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, which comes before in brackets, may have spaces.
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0) / TICKS;
}

/** Bytes of memory that a process holds now, and the most that it has held since `forgetPeak`; 0 of one that is gone. */
export function residentBytes(pid: number): { now: number; peak: number } {
  const status = readIfThere(`/proc/${pid}/status`);
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { now: 1024 * kilobytes('VmRSS'), peak: 1024 * kilobytes('VmHWM') };
}

/** Makes the most that a process has held what it holds now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The processes of a name among those that a process has started, and those that these have. */
export function descendantsOf(pid: number, name: string): number[] {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const folder of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const [, program, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readIfThere(`/proc/${folder}/stat`)) ?? [];
    parents.set(Number(folder), Number(parent));
    if (program === name) found.push(Number(folder));
  }
  const isBelow = (child: number): boolean => {
    const parent = parents.get(child);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return found.filter(isBelow);
}

/** A process may be gone by the time that it is looked at. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
