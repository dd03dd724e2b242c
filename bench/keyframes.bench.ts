import type { Bench } from './bench.ts';
import { makeFullHdClip } from './clips.ts';
import { bareDecode, createTaskTimer, ONE_NETWORK_AT_A_TIME } from './decoding.ts';
import { startBenchServer } from './server.ts';

/** The same where frames need not be judged and key frames are close enough: only they are decoded. */
export default async function keyframes(bench: Bench): Promise<void> {
  await using server = await startBenchServer(ONE_NETWORK_AT_A_TIME);
  const file = await makeFullHdClip();
  await bench.compare({
    what: '60 s of 1080p30, a key frame a second',
    measure: await createTaskTimer(server, file, { rejectBrokenFrames: false }),
    against: [
      {
        name: 'ffmpeg -f null',
        measure: () => bareDecode(file),
        limits: { 'task without models, s': { atMost: 0.25 } },
      },
    ],
  });
}
