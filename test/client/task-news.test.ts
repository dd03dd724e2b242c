import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task, TaskStatus } from '../../src/client/client.ts';
import { createTaskNews } from '../../src/client/task-news.ts';

/** A reading of a task that has been in these states, a second each. */
function reading(states: TaskStatus[], progress: number): Task {
  const history = states.map((status, at) => ({ status, at: `2026-01-01T00:00:0${at}.000Z` }));
  return {
    id: 'a',
    status: states.at(-1) ?? 'UPLOADING',
    attempt: states.includes('FAILED') ? 2 : 1,
    progress,
    estimatedTime: null,
    failure: null,
    history,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: history.at(-1)?.at ?? '',
    video: null,
  };
}

const tell = (tasks: Task[]) => tasks.map(({ status, attempt, progress }) => `${status} ${attempt} ${progress}`);

test('a reading is news when it has another state or more progress', () => {
  const newsOf = createTaskNews();
  assert.deepEqual(tell(newsOf(reading(['VALIDATING'], 0.1))), ['VALIDATING 1 0.1']);
  assert.deepEqual(newsOf(reading(['VALIDATING'], 0.1)), []);
  assert.deepEqual(tell(newsOf(reading(['VALIDATING'], 0.2))), ['VALIDATING 1 0.2']);
  // One of an older connection.
  assert.deepEqual(newsOf(reading(['VALIDATING'], 0.1)), []);
  assert.deepEqual(tell(newsOf(reading(['VALIDATING', 'PENDING'], 0.2))), ['PENDING 1 0.2']);
});

test('states that were missed are told from the history, with the attempt and the time they belong to', () => {
  const newsOf = createTaskNews();
  newsOf(reading(['VALIDATING'], 0.2));
  const news = newsOf(reading(['VALIDATING', 'PENDING', 'FAILED', 'VALIDATING', 'PENDING'], 0.5));
  assert.deepEqual(tell(news), ['PENDING 1 0.2', 'FAILED 1 0.2', 'VALIDATING 2 0.2', 'PENDING 2 0.5']);
  assert.deepEqual(
    news.map(({ updatedAt, history }) => [updatedAt.slice(17, 19), history.length]),
    [
      ['01', 2],
      ['02', 3],
      ['03', 4],
      ['04', 5],
    ],
  );
});
