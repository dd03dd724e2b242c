import { type DocumentInput, useMutation } from 'urql';
import { describeError } from '../api/api.ts';
import { CancelTask, DeleteTask, RetryTask } from '../api/documents.ts';
import { FAILURE_WORDS, percent, remaining, statusWord } from '../api/words.ts';
import type { Task } from '../moments.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { useNotices } from './notices.tsx';

export function TaskRow({ task, name, now }: { task: Task; name: string; now: number }) {
  const { id, status, progress, source, attempt } = task;
  const cancel = useChange(CancelTask);
  const retry = useChange(RetryTask);
  const remove = useChange(DeleteTask);
  const isOver = status === 'FAILED' || status === 'CANCELED';
  const isBusy = !isOver && status !== 'READY';
  const details = [
    statusWord(status, source),
    isBusy && percent(progress),
    isBusy && remaining(task.estimatedTime, now),
    isBusy && attempt > 1 && `attempt ${attempt}`,
  ];
  return (
    <li className="task" data-status={status}>
      <div className="task-head">
        <h3>{name}</h3>
        {isBusy && (
          <button type="button" className="button small" aria-label={`Cancel ${name}`} onClick={() => cancel(id)}>
            Cancel
          </button>
        )}
        {isOver && (
          <>
            <button type="button" className="button small" aria-label={`Retry ${name}`} onClick={() => retry(id)}>
              Retry
            </button>
            <ConfirmButton className="button small quiet" subject={name} onConfirm={() => remove(id)} />
          </>
        )}
      </div>
      {isBusy && <progress value={progress} aria-label={`Progress of ${name}`} />}
      <p className="task-state">{details.filter(Boolean).join(' · ')}</p>
      {task.failure && <Failure failure={task.failure} />}
    </li>
  );
}

function Failure({ failure: { code, message, actual, allowed } }: { failure: NonNullable<Task['failure']> }) {
  return (
    <div className="task-failure">
      <p>{FAILURE_WORDS[code]}</p>
      {actual !== null && allowed !== null ? (
        <dl>
          <div>
            <dt>It has</dt>
            <dd>{actual}</dd>
          </div>
          <div>
            <dt>Allowed</dt>
            <dd>{allowed}</dd>
          </div>
        </dl>
      ) : (
        <p className="hint">{message}</p>
      )}
    </div>
  );
}

/** A mutation of one row, by its id. What the server has against it is told of. */
export function useChange<Data extends object>(document: DocumentInput<Data, { id: string }>) {
  const [, run] = useMutation<Data, { id: string }>(document);
  const notices = useNotices();
  return async (id: string) => {
    const { data, error } = await run({ id });
    if (error) return notices.fail(describeError(error));
    for (const result of Object.values(data ?? {}))
      if (result && typeof result === 'object' && 'message' in result) notices.fail(String(result.message));
  };
}
