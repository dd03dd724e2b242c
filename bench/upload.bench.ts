import type { Bench, Figures } from './bench.ts';
import { startPeer } from './peer.ts';
import { startPostgres } from './postgres.ts';
import { forgetPeak, processorSeconds, residentBytes } from './processes.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { uploadBare, uploadVideo } from './uploads.ts';

/** MiB of an upload of the comparison, of the large one, and of what comes before that. */
const [SIZE, LARGE, WARM] = [512, 4096, 64];
const CPU = 'CPU of the server, s/GiB';

/**
 * What it takes to receive the video of a new task: its parts told apart, its bytes hashed, written, flushed and given
 * their name. It stands beside a server of `node:http` that does nothing but hash, write, flush and rename the same bytes,
 * which come as the body without any parts. The server does no jobs: nothing is validated.
 */
export default async function upload(bench: Bench): Promise<void> {
  await using pg = await startPostgres();
  await using server = await startBenchServer({ DATABASE_URL: await pg.createDatabase(), ROLE: 'api' });
  await using bare = await startPeer('bare-upload', [server.folder]);
  const { id } = await server.client.createIndex({ name: 'films' });
  await measureGrowth(bench, server, id);
  const measure = async (pid: number, send: () => Promise<void>): Promise<Figures> => {
    const before = processorSeconds(pid);
    await send();
    return { [CPU]: ((processorSeconds(pid) - before) * 1024) / SIZE };
  };
  await bench.compare({
    what: `an upload of ${SIZE} MiB`,
    measure: () => measure(server.pid, () => uploadVideo(server.url, id, SIZE)),
    against: [
      {
        name: 'bare node:http with SHA-256',
        measure: () => measure(bare.pid, () => uploadBare(bare.url, SIZE)),
        limits: { [CPU]: { atMost: 1.3 } },
      },
    ],
  });
}

/** A small upload comes before, by which all that receives them is loaded. */
async function measureGrowth(bench: Bench, { url, pid }: BenchServer, indexId: string): Promise<void> {
  await uploadVideo(url, indexId, WARM);
  const before = residentBytes(pid).now;
  forgetPeak(pid);
  await uploadVideo(url, indexId, LARGE);
  const growth = (residentBytes(pid).peak - before) / 1024 ** 2;
  bench.state({
    what: `an upload of ${LARGE} MiB`,
    figure: 'growth of resident memory, MiB',
    value: growth,
    limit: { atMost: 64 },
  });
}
