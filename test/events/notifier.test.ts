import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createNotifier } from '../../src/events/notifier.ts';

test('a change that comes after a pause goes at once, and what follows soon is gathered', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const notifier = createNotifier(async (payload) => void sent.push(payload), pino({ level: 'silent' }));
  const payload = (...ids: string[]) => JSON.stringify(ids.map((id) => ({ topic: 'a', ids: [id] })));
  const add = (...ids: string[]) => notifier.add(ids.map((id) => ({ topic: 'a', ids: [id] })));
  const after = async (milliseconds: number) => {
    t.mock.timers.tick(milliseconds);
    await new Promise(setImmediate);
    return sent.splice(0);
  };
  add('1');
  add('2');
  assert.deepEqual(await after(1), [payload('1', '2')]);
  add('3');
  assert.deepEqual(await after(10), []);
  add('4');
  assert.deepEqual(await after(5), [payload('3', '4')]);
  add('5');
  assert.deepEqual(await after(14), []);
  assert.deepEqual(await after(1), [payload('5')]);
  assert.deepEqual(await after(15), []);
  add('6');
  assert.deepEqual(await after(1), [payload('6')]);
  add('7');
  await notifier.flush();
  assert.deepEqual(await after(100), [payload('7')]);
});
