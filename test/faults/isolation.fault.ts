import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from '../../src/http/server.ts';
import { createTestApp } from '../helpers/app.ts';
import { attack, createTransports, ROOT_FIELDS, UNLIMITED_DOCUMENTS } from '../helpers/isolation.ts';
import { addKey } from '../helpers/keys.ts';
import { addThings, idsOf, OWNER, STRANGER, snapshot } from '../helpers/two-tenants.ts';
import { report } from './report.ts';

/** How often the whole is repeated, by strangers of each role. */
const ROUNDS = process.env.FAULTS === 'full' ? 20 : 1;

test('two tenants, every operation with the other one’s ids', async () => {
  await using held = await createTestApp({ env: UNLIMITED_DOCUMENTS });
  const { app } = held;
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const owner = await addThings(app, OWNER);
  const { things: own } = await addThings(app, STRANGER);
  const before = await snapshot(app, OWNER);
  const ids = idsOf(before);
  let answers = 0;
  const leaks: string[] = [];
  const differences: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    for (const role of ['admin', 'write', 'read']) {
      const stranger = createTransports(server.url, (await addKey(app, { ...STRANGER, role })).key);
      for (const root of ROOT_FIELDS) {
        const found = await attack(stranger, root, { ...owner, ids }, own);
        answers += found.answers;
        leaks.push(...found.leaks);
        differences.push(...found.differences);
      }
      await stranger.close();
    }
  const changed = JSON.stringify(await snapshot(app, OWNER)) !== JSON.stringify(before);
  await server.close();
  const measured = `${leaks.length} leaks, ${differences.length} telling answers of ${answers} (${ROOT_FIELDS.length} operations)`;
  await report({ fault: "two tenants, every operation with the other's ids", required: '0 leaks', measured });
  assert.deepEqual({ leaks, differences, changed }, { leaks: [], differences: [], changed: false });
});
