import { printHits } from '../cli/hits.ts';
import { formatOffset, print, styled } from '../cli/output.ts';
import { type Client, OperationFailedError, type Video } from '../client/client.ts';
import { drawScene } from './clip.ts';
import type { Scene } from './scenes.ts';

const HITS = 5;

/** Searches by words and prints the hits, or why these words find nothing. */
export async function searchByWords(client: Client, indexId: string, text: string, signal: AbortSignal): Promise<void> {
  print(styled('bold', `Search by words: “${text}”`));
  try {
    printHits(await client.search({ indexIds: [indexId], text }, { first: HITS, signal }), '  ');
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    print(`  ${error.message}`);
  }
}

/** Searches by a picture and prints the hits. `origin` says what the picture is. */
export async function searchByPicture(
  client: Client,
  indexId: string,
  { image, origin }: { image: File; origin: string },
  signal: AbortSignal,
): Promise<void> {
  print(styled('bold', `Search by a picture: ${origin}`));
  printHits(await client.search({ indexIds: [indexId], image }, { first: HITS, signal }), '  ');
}

/** A scene of the made clip as a picture. */
export async function pictureOfScene(scene: Scene): Promise<{ image: File; origin: string }> {
  const data = await drawScene(scene).jpeg().toBuffer();
  return {
    image: new File([new Uint8Array(data)], 'scene.jpg', { type: 'image/jpeg' }),
    origin: `the scene “${scene.name}”`,
  };
}

/** A frame from the middle of a video, as the server keeps it. */
export async function frameOfVideo(
  client: Client,
  { id, metadata: { filename } }: Video,
  signal: AbortSignal,
): Promise<{ image: File; origin: string }> {
  const segments = await Array.fromAsync(client.segments(id, { modalities: ['VISUAL'], signal }));
  const clips = segments.filter(({ scope }) => scope === 'CLIP');
  const middle = clips[Math.floor(clips.length / 2)];
  if (!middle?.thumbnailUrl) throw new Error(`${filename} has no thumbnail to search for.`);
  const response = await fetch(middle.thumbnailUrl, { signal });
  if (!response.ok) throw new Error(`${middle.thumbnailUrl} answers with status ${response.status}.`);
  const span = `${formatOffset(middle.startOffset)}–${formatOffset(middle.endOffset)}`;
  return {
    image: new File([await response.blob()], 'frame.jpg', { type: 'image/jpeg' }),
    origin: `the thumbnail of ${filename} at ${span}`,
  };
}
