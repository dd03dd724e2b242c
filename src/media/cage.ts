/**
 * What keeps a tool from the rest of the machine, beside the limits and the empty environment that it always has:
 * `bubblewrap`, where it sees its own file, its working folder and the system's libraries, and no network; `no-network`,
 * where it has no network and no rights of root; or `limits`, which is nothing more.
 */
export type CageKind = 'bubblewrap' | 'no-network' | 'limits';

/** A way to run a tool. */
export interface Cage {
  kind: CageKind;
  /** An existing folder in which each run without a folder of its own gets one. */
  root: string;
  /** The command that enters the cage, in front of the tool and its arguments. */
  enter(tool: string, folder: string, file: string | undefined): string[];
}

/** Libraries of Linux systems, and what the loader finds them by; what a system does not have is left out. */
const LIBRARIES = [
  ...['/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/local/lib', '/lib', '/lib32', '/lib64', '/nix/store'],
  ...['/etc/ld.so.cache', '/etc/alternatives'],
];

/** How each cage is entered. */
export const WAYS: Record<CageKind, Cage['enter']> = {
  bubblewrap: (tool, folder, file) => [
    ...['bwrap', '--unshare-all', '--die-with-parent', ...LIBRARIES.flatMap((path) => ['--ro-bind-try', path, path])],
    ...[tool, ...(file === undefined ? [] : [file])].flatMap((path) => ['--ro-bind', path, path]),
    ...['--bind', folder, folder, '--chdir', folder, '--'],
  ],
  'no-network': () => [
    ...['unshare', '--map-root-user', '--net', '--ipc', '--'],
    // Entering takes away what would end the tool with the server, so it comes again here.
    ...['setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--'],
  ],
  limits: () => [],
};
