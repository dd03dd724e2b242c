import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import pacote from 'pacote';
import { loadBundles } from '../../src/models/bundles.ts';
import { loadNpmSettings } from '../../src/models/npm-settings.ts';

/** What a test's registry does with a tarball: sends it, sends one bit less than true, or sends half and waits for ever. */
export type Behaviour = 'whole' | 'tampered' | 'stalled';

/** A registry on loopback that has the packages of the builtin bundle, counts how often each tarball is asked for, and misbehaves on demand. */
export async function startRegistry(behaviours: Record<string, Behaviour> = {}) {
  const npm = await loadNpmSettings(process.env);
  const specs = Object.entries(loadBundles().bundles.get('builtin')?.manifest.packages ?? {});
  const tarballs = new Map<string, { version: string; integrity: string; data: Buffer }>();
  for (const [spec, { integrity }] of specs) {
    const [, name = '', version = ''] = /^(.+)@([^@]+)$/.exec(spec) ?? [];
    const data = await pacote.tarball(spec, { ...npm, integrity, preferOffline: true });
    tarballs.set(name, { version, integrity, data });
  }
  const served: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const [name = '', file] = path.split('/-/');
    const found = tarballs.get(name);
    if (!found) response.writeHead(404).end();
    else if (file === undefined) sendPackument(response, name, found);
    else {
      served.push(name);
      sendTarball(response, found.data, behaviours[name] ?? 'whole');
    }
  });
  const sendPackument = (
    response: ServerResponse,
    name: string,
    { version, integrity }: { version: string; integrity: string },
  ) => {
    const dist = { tarball: `${url}/${name}/-/${version}.tgz`, integrity };
    const packument = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    behaviours,
    /** The names of the packages whose tarballs were asked for, in order. */
    served,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sendTarball(response: ServerResponse, data: Buffer, behaviour: Behaviour): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': data.length });
  if (behaviour === 'whole') response.end(data);
  else if (behaviour === 'stalled') response.write(data.subarray(0, data.length / 2));
  else {
    const copy = Buffer.from(data);
    copy.writeUInt8(copy.readUInt8(copy.length - 9) ^ 1, copy.length - 9);
    response.end(copy);
  }
}
