import type { Bench } from './bench.ts';
import { makeFullHdClip, SHARED_CLIP } from './clips.ts';
import { bareDecode, createTaskTimer, ONE_NETWORK_AT_A_TIME } from './decoding.ts';
import { startBenchServer } from './server.ts';

/** What a task costs beside its models, where every frame is decoded and judged: the floor is a decode that keeps nothing. */
export default async function decode(bench: Bench): Promise<void> {
  await using server = await startBenchServer(ONE_NETWORK_AT_A_TIME);
  for (const [what, file] of [
    ['60 s of 1080p30', await makeFullHdClip()],
    ['the shared clip', SHARED_CLIP],
  ] as const) {
    await bench.compare({
      what,
      measure: await createTaskTimer(server, file, { rejectBrokenFrames: true }),
      against: [
        {
          name: 'ffmpeg -f null',
          measure: () => bareDecode(file),
          limits: { 'task without models, s': { atMost: 1.15 } },
        },
      ],
    });
  }
}
