import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keepHeardLines } from '../../src/domain/transcripts.ts';
import { createGraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addVideo, globalId } from '../helpers/tasks.ts';

it('Video.transcript is read in one statement for all videos, and only where it is selected', async () => {
  await using graphql = await createGraphQLApp();
  const { app } = graphql;
  const index = await addIndex(app);
  const line = (startOffset: number, text: string) => ({ startOffset, endOffset: startOffset + 1.5, text });
  const lines = [[line(0, 'Hello'), line(2, 'there')], [line(1, 'Grüße')], undefined];
  for (const said of lines) {
    const { task } = await addVideo(app, index.id);
    if (said) await app.db.transaction((tx) => keepHeardLines(tx, task.id, said));
  }
  const list = (fields: string) =>
    graphql.query<{ index: { videos: { edges: { node: { transcript: unknown } }[] } } }>(
      `query ($id: ID!) { index(id: $id) { videos(first: 10) { edges { node { id ${fields} } } } } }`,
      { id: globalId('Index', index) },
    );
  let seen: unknown[] = [];
  const statements = await graphql.statementsOf(async () => {
    const { index } = await list('transcript { startOffset endOffset text }');
    seen = index.videos.edges.map(({ node }) => node.transcript);
  });
  const byText = (said: unknown) => JSON.stringify(said);
  assert.deepEqual(seen.map(byText).sort(), [...lines.map((said) => said ?? [])].map(byText).sort());
  assert.equal(statements.filter((statement) => statement.includes('"transcripts"')).length, 1);
  const others = await graphql.statementsOf(() => list(''));
  assert.equal(others.filter((statement) => statement.includes('"transcripts"')).length, 0);
});
