import { percent } from '../api/words.ts';
import { CloseIcon } from './icons.tsx';
import type { Upload } from './use-uploads.ts';

export function UploadRow({ upload: { filename, state, part, failure, stop, retry } }: { upload: Upload }) {
  const isFailed = state === 'failed';
  return (
    <li className="task" data-status={isFailed ? 'FAILED' : undefined}>
      <div className="task-head">
        <h3>{filename}</h3>
        {isFailed && (
          <button
            type="button"
            className="button small"
            aria-label={`Try the upload of ${filename} again`}
            onClick={retry}
          >
            Try again
          </button>
        )}
        <button
          type="button"
          className="icon-button"
          aria-label={`${isFailed ? 'Forget' : 'Stop'} the upload of ${filename}`}
          onClick={stop}
        >
          <CloseIcon />
        </button>
      </div>
      {!isFailed && <progress value={part} aria-label={`Upload of ${filename}`} />}
      <p className="task-state">
        {state === 'waiting' && 'Waiting'}
        {state === 'sending' && `Uploading · ${percent(part)}`}
        {isFailed && 'Not uploaded'}
      </p>
      {isFailed && (
        <p className="task-failure" role="alert">
          {failure}
        </p>
      )}
    </li>
  );
}
