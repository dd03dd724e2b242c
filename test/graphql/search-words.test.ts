import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';
import { addVideo, globalId, segment, vectorAt, wordSegment } from '../helpers/tasks.ts';
import { addWordIndex } from '../helpers/word-models.ts';

const SEARCH = `query ($input: SearchInput!) {
  search(input: $input) {
    ... on SearchConnection { edges { node { startOffset modality text thumbnailUrl } } }
    ... on InvalidInputError { message issues { path } }
  }
}`;

interface Result {
  search: {
    edges: { node: { startOffset: number; modality: string; text: string | null; thumbnailUrl: string | null } }[];
    message: string;
    issues: { path: string[] }[];
  };
}

test('search takes words that are spoken or on the screen, and shows them', async () => {
  await using graphql = await createGraphQLApp();
  const { app } = graphql;
  const index = await addWordIndex(app);
  const search = async (input: object) =>
    (await graphql.query<Result>(SEARCH, { input: { indexIds: [globalId('Index', index)], ...input } })).search;
  const { video } = await addVideo(app, index.id, {
    filename: 'words',
    language: 'de',
    segments: [
      segment(0, vectorAt(0)),
      segment(6, vectorAt(1)),
      wordSegment(0, 'Die Häuser am Rand der Stadt'),
      wordSegment(6, '12:34:56 Eingang Nord', { modality: 'TEXT_IN_VIDEO', thumbnail: 'scenes/1.jpg' }),
    ],
  });
  const shown = async (text: string) => {
    const { edges } = await search({ text });
    return edges.map(({ node }) => [node.startOffset, node.modality, node.text, node.thumbnailUrl]);
  };
  const houses = [0, 'TRANSCRIPTION', 'Die Häuser am Rand der Stadt', `${ORIGIN}/thumbnails/${video.id}/frames/0.jpg`];
  assert.deepEqual(await shown('haus stadt'), [houses]);
  assert.deepEqual(await shown('"am rand" -eingang or hotel'), [houses]);
  const entry = [6, 'TEXT_IN_VIDEO', '12:34:56 Eingang Nord', `${ORIGIN}/thumbnails/${video.id}/scenes/1.jpg`];
  assert.deepEqual(await shown('12:34:56'), [entry]);
  assert.deepEqual((await shown('nord or espresso')).slice(0, 1), [entry]);
  assert.equal((await shown('nord or espresso')).length, 2);
  for (const [text, message] of [
    ['hotel -nord', /names nothing .* No words of these videos match it, either/],
    ['-nord', /only says what must not occur/],
    ['?', /"\?" names nothing|no words to look for/],
  ] as const) {
    const { issues, message: told } = await search({ text });
    assert.deepEqual(issues, [{ path: ['input', 'text'] }]);
    assert.match(told, message);
  }
});
