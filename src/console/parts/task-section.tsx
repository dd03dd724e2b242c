import { useCallback, useEffect, useRef, useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import { describeError } from '../api/api.ts';
import { TaskList, TasksUpdated } from '../api/documents.ts';
import { statusWord } from '../api/words.ts';
import { useReturn } from '../api-context.ts';
import type { TaskListQuery } from '../generated/graphql.ts';
import type { Task } from '../moments.ts';
import { useNotices } from './notices.tsx';
import { ReadFailure } from './read-failure.tsx';
import { TaskRow } from './task-row.tsx';

const ENDED = ['READY', 'FAILED', 'CANCELED'];

/** What is being done, and what was done lately: by a query, and from then on by what the server tells. */
export function TaskSection({ indexId, names }: { indexId: string; names: ReadonlyMap<string, string> }) {
  const variables = { indexId };
  const [{ data, error: failure }, query] = useQuery({
    query: TaskList,
    variables,
    requestPolicy: 'cache-and-network',
  });
  const [{ error }] = useSubscription({ query: TasksUpdated, variables });
  const notices = useNotices();
  useEffect(() => {
    if (error) notices.fail(describeError(error));
  }, [error, notices]);
  useReturn(useCallback(() => query({ requestPolicy: 'network-only' }), [query]));
  const tasks = inOrder(data);
  const now = useNow(tasks.some(({ status }) => !ENDED.includes(status)));
  const named = tasks.map((task) => ({ task, name: task.metadata?.filename ?? names.get(task.id) ?? 'Video' }));
  useAnnouncements(named);

  return (
    <section className="card" aria-labelledby="activity">
      <h2 id="activity">Activity</h2>
      {failure && !data && <ReadFailure error={failure} onRetry={() => query({ requestPolicy: 'network-only' })} />}
      {data && tasks.length === 0 && (
        <p className="hint">Videos that are being indexed are listed here, with how far they are.</p>
      )}
      <ul className="tasks" aria-labelledby="activity">
        {named.map(({ task, name }) => (
          <TaskRow key={task.id} task={task} name={name} now={now} />
        ))}
      </ul>
    </section>
  );
}

/** What is not done yet, and after it what is. A task that ends is in both lists, or in the wrong one, until they are read. */
function inOrder(data: TaskListQuery | undefined): Task[] {
  if (!data?.index) return [];
  const listed = [...data.unfinished.edges, ...data.index.tasks.edges].map(({ node }) => node);
  const tasks = [...new Map(listed.map((task) => [task.id, task])).values()];
  const isOver = ({ status }: Task) => ENDED.includes(status);
  return [...tasks.filter((task) => !isOver(task)), ...tasks.filter(isOver)];
}

/** The time, which goes on as long as something depends on it. */
function useNow(isWanted: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isWanted) return;
    const ticking = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(ticking);
  }, [isWanted]);
  return now;
}

/** Has it read out when a task ends; each state and each percent would be a nuisance. */
function useAnnouncements(named: readonly { task: Task; name: string }[]): void {
  const notices = useNotices();
  const before = useRef(new Map<string, string>());
  useEffect(() => {
    for (const { task, name } of named) {
      const known = before.current.get(task.id);
      before.current.set(task.id, task.status);
      if (known && known !== task.status && ENDED.includes(task.status))
        notices.announce(`${name}: ${statusWord(task.status, task.source)}`);
    }
  });
}
