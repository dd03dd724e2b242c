import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InferenceHost } from '../../src/models/inference-host.ts';
import type { EncoderSpec } from '../../src/models/inference-protocol.ts';
import { openReader } from '../../src/models/remote-encoders.ts';

/** A host whose calls end when they are told to. */
function createHost(name: string, began: string[]) {
  const ends: (() => void)[] = [];
  let calls = 0;
  const host: InferenceHost = {
    load: async () => ({}),
    async call<T>(_spec: EncoderSpec, _method: string, args: unknown[]) {
      began.push(`${args[0]} in ${name}`);
      calls += 1;
      await new Promise<void>((end) => ends.push(end));
      calls -= 1;
      return [] as T;
    },
    get calls() {
      return calls;
    },
    close: async () => {},
  };
  return { host, end: () => ends.shift()?.() };
}

test('each picture is read where the least is under way', async () => {
  const began: string[] = [];
  const [one, other] = [createHost('one', began), createHost('other', began)];
  const spec = { path: 'TEXT_IN_VIDEO.reader', folder: '', manifest: {} as never, threads: 1 } as const;
  const reader = await openReader([one.host, other.host], spec);
  const first = reader.read('a');
  const others = [reader.read('b'), reader.read('c')];
  one.end();
  await first;
  others.push(reader.read('d'), reader.read('e'));
  assert.deepEqual(began, ['a in one', 'b in other', 'c in one', 'd in one', 'e in other']);
  for (const { end } of [one, one, other, other]) end();
  await Promise.all(others);
});
