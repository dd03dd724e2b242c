import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eq } from 'drizzle-orm';
import { segments } from '../../src/db/schema.ts';
import { searchVideos } from '../../src/domain/search.ts';
import { createTestApp } from '../helpers/app.ts';
import { convertClip } from '../helpers/clips.ts';
import { createVideoIndex, TENANT, uploadFile, waitForEnd } from '../helpers/uploads.ts';

/** A clip of 18 seconds at 720p: a caption on red, from 6 seconds on another one on blue, from 12 on nothing on grey. */
function makeCaptions(first: string, second: string): Promise<string> {
  const color = (name: string) => ['-f', 'lavfi', '-t', '6', '-i', `color=${name}:size=1280x720:rate=12`];
  const caption = (text: string) => `drawtext=font=Sans:text='${text}':fontsize=56:fontcolor=white:x=(w-tw)/2:y=h-140`;
  return convertClip(
    'captions.mp4',
    [
      ...[...color('red'), ...color('blue'), ...color('gray')],
      ...['-f', 'lavfi', '-t', '18', '-i', 'sine=frequency=440:sample_rate=48000'],
    ],
    [
      '-filter_complex',
      `[0:v]${caption(first)}[a];[1:v]${caption(second)}[b];[a][b][2:v]concat=n=3,format=yuv420p[v]`,
      ...['-map', '[v]', '-map', '3:a', '-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'aac'],
    ],
  );
}

it('what is written in a video becomes the text of its clips', async () => {
  await using test = await createTestApp({ workers: true });
  const { app } = test;
  const clip = await makeCaptions('Annual report 2024', 'Lisbon, 14 May');
  const index = await createVideoIndex(app, { modalities: ['TEXT_IN_VIDEO'] });
  const task = await waitForEnd(app, (await uploadFile(app, index.id, clip)).id);
  assert.equal(task.status, 'READY', task.failure?.message);
  const rows = await app.db.orm.select().from(segments).where(eq(segments.indexId, index.id)).orderBy(segments.id);
  assert.deepEqual(
    rows.map(({ modality, scope, startOffset, text, embedding }) => [modality, scope, startOffset, text, embedding]),
    [
      ['TEXT_IN_VIDEO', 'CLIP', 0, 'Annual report 2024', null],
      ['TEXT_IN_VIDEO', 'CLIP', 6, 'Lisbon, 14 May', null],
      ['TEXT_IN_VIDEO', 'VIDEO', 0, 'Annual report 2024\nLisbon, 14 May', null],
    ],
  );
  const find = async (text: string) => {
    const request = { indexIds: [index.id], query: { text }, page: {} };
    const { hits } = await searchVideos(app.db, app.models, TENANT, request);
    return hits.map((hit) => [hit.modality, hit.startOffset, hit.text]);
  };
  assert.deepEqual(await find('"annual report"'), [['TEXT_IN_VIDEO', 0, 'Annual report 2024']]);
  assert.deepEqual(await find('lisb*'), [['TEXT_IN_VIDEO', 6, 'Lisbon, 14 May']]);
});
