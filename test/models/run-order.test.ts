import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAs, takeTurn } from '../../src/models/run-order.ts';

const never = new AbortController().signal;

/** Asks for a turn, and notes when it came. */
function turn(name: string, order: string[], urgent = false, signal = never): Promise<void> {
  return runAs({ urgent, signal }, () =>
    takeTurn(async () => {
      order.push(name);
    }),
  );
}

test('runs are one at a time, first come, first served, but the urgent ones go before', async () => {
  const order: string[] = [];
  const first = runAs({ urgent: false, signal: never }, () =>
    takeTurn(async () => {
      order.push('begin');
      // What is asked for while a network runs.
      await new Promise((resolve) => setImmediate(resolve));
      order.push('end');
    }),
  );
  await Promise.all([first, turn('a', order), turn('b', order), turn('query', order, true), turn('c', order)]);
  assert.deepEqual(order, ['begin', 'end', 'query', 'a', 'b', 'c']);
});

test('an urgent run that comes while others are done goes before those that are left', async () => {
  const order: string[] = [];
  let query = Promise.resolve();
  const long = Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      turn(name, order).then(() => {
        if (name === 'b') query = turn('query', order, true);
      }),
    ),
  );
  await long;
  await query;
  assert.deepEqual(order, ['a', 'b', 'query', 'c', 'd']);
});

test('a run whose call was ended before its turn is left out, and the next one comes', async () => {
  const order: string[] = [];
  const abort = new AbortController();
  const first = turn('a', order);
  const ended = turn('b', order, false, abort.signal);
  const last = turn('c', order);
  abort.abort(new Error('enough'));
  await assert.rejects(ended, /enough/);
  await Promise.all([first, last]);
  assert.deepEqual(order, ['a', 'c']);
});

test('a run that fails leaves the turn to the next', async () => {
  const order: string[] = [];
  const failing = takeTurn(async () => {
    throw new Error('no memory');
  });
  await Promise.all([assert.rejects(failing, /no memory/), turn('a', order)]);
  assert.deepEqual(order, ['a']);
});
