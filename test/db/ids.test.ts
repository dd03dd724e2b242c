import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createId, isId } from '../../src/db/ids.ts';

test('ids are UUIDs of version 7 that sort by the time of their creation', () => {
  const ids = Array.from({ length: 5000 }, createId);
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('only texts of the shape of an id are ids', () => {
  const id = createId();
  assert.equal(isId(id), true);
  assert.equal(isId(id.toUpperCase()), true);
  for (const text of ['', 'rank', id.slice(1), `${id}0`, ` ${id}`, `${id}\n`, id.replaceAll('-', ''), `{${id}}`])
    assert.equal(isId(text), false, JSON.stringify(text));
});
