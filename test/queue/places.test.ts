import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createPlaces } from '../../src/queue/places.ts';
import { QueueFullError } from '../../src/queue/queue-full-error.ts';

const hold = () => Promise.withResolvers<void>();

it('refuses who finds no place free, at once, and nobody else', async () => {
  const places = createPlaces(2);
  const [first, second, third] = [hold(), hold(), hold()];
  const held = [places.enter('a', () => first.promise), places.enter('a', () => second.promise)];
  await assert.rejects(
    places.enter('a', () => assert.fail('it entered')),
    (error) => error instanceof QueueFullError && error.places === 2 && error.holder === 'a' && error.retryAfter === 1,
  );
  held.push(places.enter('b', () => third.promise));
  first.resolve();
  await held[0];
  assert.equal(await places.enter('a', async () => 'again'), 'again');
  second.resolve();
  third.resolve();
  await Promise.all(held);
});

it('gives a place back however its visit ends', async () => {
  const places = createPlaces(1);
  for (let round = 0; round < 3; round += 1) {
    await assert.rejects(
      places.enter('a', () => Promise.reject(new Error('gone'))),
      /gone/,
    );
    await assert.rejects(
      places.enter('a', () => {
        throw new Error('at once');
      }),
      /at once/,
    );
  }
  assert.equal(await places.enter('a', async () => 1), 1);
});
