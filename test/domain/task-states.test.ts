import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TASK_STATUSES, type TaskStatus } from '../../src/db/values.ts';
import { isRetry, isTerminal, mayStep, progressWithin } from '../../src/domain/task-states.ts';

/** Every step that is allowed; all other pairs are not. */
const ALLOWED = [
  'UPLOADING VALIDATING',
  'UPLOADING FAILED',
  'UPLOADING CANCELED',
  'VALIDATING PENDING',
  'VALIDATING FAILED',
  'VALIDATING CANCELED',
  'PENDING QUEUED',
  'PENDING FAILED',
  'PENDING CANCELED',
  'QUEUED INDEXING',
  'QUEUED FAILED',
  'QUEUED CANCELED',
  'INDEXING READY',
  'INDEXING FAILED',
  'INDEXING CANCELED',
  'FAILED UPLOADING',
  'FAILED VALIDATING',
  'CANCELED UPLOADING',
  'CANCELED VALIDATING',
];

test('a task may take exactly these steps', () => {
  const pairs = TASK_STATUSES.flatMap((from) => TASK_STATUSES.map((to) => [from, to] as const));
  assert.equal(pairs.length, 64);
  const allowed = pairs.filter(([from, to]) => mayStep(from, to)).map((pair) => pair.join(' '));
  assert.deepEqual(allowed.sort(), ALLOWED.toSorted());
});

test('terminal states, and those that a retry leaves', () => {
  assert.deepEqual(TASK_STATUSES.filter(isTerminal), ['READY', 'FAILED', 'CANCELED']);
  assert.deepEqual(TASK_STATUSES.filter(isRetry), ['FAILED', 'CANCELED']);
});

test('progress grows from 0 to 1 along the states, and within each of them', () => {
  const path: TaskStatus[] = ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];
  const steps = path.flatMap((status) => [0, 0.5, 1].map((fraction) => progressWithin(status, fraction) ?? Number.NaN));
  assert.deepEqual(
    steps.toSorted((a, b) => a - b),
    steps,
  );
  assert.equal(steps[0], 0);
  assert.equal(steps.at(-1), 1);
  assert.equal(progressWithin('INDEXING', -3), progressWithin('INDEXING', 0));
  assert.equal(progressWithin('INDEXING', 3), progressWithin('READY', 0));
  for (const status of ['FAILED', 'CANCELED'] as const) assert.equal(progressWithin(status, 0.5), undefined);
});
