import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const proxyFrame = z.object({ time: z.number(), file: z.string() });
const proxySchema = z.object({
  duration: z.number(),
  frames: z.array(proxyFrame),
  scenes: z.array(proxyFrame),
  sound: z.string().nullable(),
  verdict: z.object({
    checked: z.boolean(),
    broken: z.boolean(),
    reason: z.string().nullable(),
    decodedFrames: z.number(),
    errors: z.number(),
    lastTime: z.number(),
  }),
});

/** One picture: `time` in seconds from the start of the video, `file` is its name inside the proxy's folder. */
export type ProxyFrame = z.infer<typeof proxyFrame>;

/**
 * What one decode leaves. Times and `duration` are in seconds. `frames` are sampled at the interval (short side 336),
 * `scenes` one per cut and, as long as anything changes, one every two seconds (long side up to 960), both in order of
 * time; `sound` names a mono FLAC of 16 kHz that starts at time 0, or is null. `verdict` is empty unless every frame was
 * `checked`; its `reason` says in plain words what was wrong first; `errors` counts all.
 */
export type MediaProxy = z.infer<typeof proxySchema>;

/** The file that describes a proxy. It is written last: a folder without it is no proxy. */
export const PROXY_FILE = 'proxy.json';

/** Reads the description of a complete proxy; throws when there is none or it is not as it should be. */
export async function readProxy(folder: string): Promise<MediaProxy> {
  return proxySchema.parse(JSON.parse(await readFile(join(folder, PROXY_FILE), 'utf8')));
}
