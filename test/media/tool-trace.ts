import { isAbsolute, join } from 'node:path';

/** Calls of the system that open files, start programs or reach other processes, as strace names them. */
export const TRACED = 'open,openat,openat2,execve,connect,bind,socket,sendto,sendmsg,chdir,clone,clone3,fork,vfork';

/** What a server's tools did. */
export interface ToolTrace {
  /** Files that were opened to be read, and those to be written, without what was not there. */
  read: Set<string>;
  written: Set<string>;
  programs: Set<string>;
  /** Calls that reach other processes or machines, as strace wrote them. */
  sent: string[];
}

/**
 * Reads what `strace -f` wrote of a process of Node, without Node itself: its threads are all that it cloned as such, and
 * every other process is a tool, or on its way to be one.
 */
export function readToolTrace(log: string): ToolTrace {
  const trace: ToolTrace = { read: new Set(), written: new Set(), programs: new Set(), sent: [] };
  const ours = new Set<string>();
  const begun = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, pid = '', said = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (ours.size === 0) ours.add(pid);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(said)?.[1];
    const call = resumed === undefined ? said : `${begun.get(pid)}${resumed}`;
    const isBegun = /^(.*)<unfinished \.\.\.>$/.exec(said)?.[1];
    if (isBegun !== undefined) begun.set(pid, isBegun);
    else if (ours.has(pid)) noteThread(call, ours);
    else noteCall(call, trace);
  }
  return trace;
}

function noteThread(call: string, ours: Set<string>): void {
  const thread = /^clone3?\(.*CLONE_THREAD.*= (\d+)$/.exec(call)?.[1];
  if (thread !== undefined) ours.add(thread);
}

function noteCall(call: string, trace: ToolTrace): void {
  const [, name = '', given = '', result = ''] = /^(\w+)\((.*)\) *= (-?\d+|\?)/.exec(call) ?? [];
  if (result.startsWith('-')) return;
  const [path = ''] = /(?<=")[^"]*(?=")/.exec(given) ?? [];
  if (name === 'execve') trace.programs.add(path);
  if (name.startsWith('open')) (/O_WRONLY|O_RDWR/.test(given) ? trace.written : trace.read).add(absolute(given, path));
  if (/^(connect|bind|socket|sendto|sendmsg)$/.test(name)) trace.sent.push(call);
}

// What stands there for a folder says only that the path begins in it.
function absolute(given: string, path: string): string {
  return isAbsolute(path) || given.startsWith('AT_FDCWD') ? path : join('/opened', path);
}
