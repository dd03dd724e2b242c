import type { FormEvent } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../api/api.ts';
import { CreateTask } from '../api/documents.ts';
import { describeRefusal } from '../api/refusals.ts';
import { span } from '../api/words.ts';
import type { IndexSummary } from '../moments.ts';
import { FileButton } from './file-button.tsx';
import { UploadIcon } from './icons.tsx';
import { useNotices } from './notices.tsx';
import { UploadRow } from './upload-row.tsx';
import type { Uploads } from './use-uploads.ts';

/** Takes videos in: dropped or chosen files, or an address. */
export function AddVideo({ index, uploads }: { index: IndexSummary; uploads: Uploads }) {
  const notices = useNotices();
  const [{ fetching }, create] = useMutation(CreateTask);
  const current = uploads.current.filter(({ indexId }) => indexId === index.id);

  async function download(form: HTMLFormElement) {
    const videoUrl = String(new FormData(form).get('url')).trim();
    const { data, error } = await create({ input: { indexId: index.id, videoUrl } });
    if (!data) return notices.fail(error ? describeError(error) : '');
    if ('message' in data.createTask) return notices.fail(describeRefusal(data.createTask));
    uploads.nameTask(data.createTask.id, nameOf(videoUrl));
    form.reset();
  }
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    void download(event.currentTarget);
  }

  return (
    <section className="card" aria-labelledby="add">
      <h2 id="add">Add videos</h2>
      <FileButton
        className="drop-zone"
        accept="video/*,.mkv,.ts,.flv"
        multiple
        onChoose={(files) => uploads.start(index.id, files)}
      >
        <UploadIcon />
        <strong>Choose videos</strong>
        <span>or drop them anywhere on this page</span>
        <small>{describePolicy(index)}</small>
      </FileButton>
      <form className="row" onSubmit={onSubmit}>
        <label className="unseen" htmlFor="url">
          Address of a video
        </label>
        <input id="url" name="url" type="url" required placeholder="https://… address of a video" autoComplete="off" />
        <button type="submit" className="button" disabled={fetching}>
          Add
        </button>
      </form>
      {current.length > 0 && (
        <ul className="tasks" aria-label="Uploads">
          {current.map((upload) => (
            <UploadRow key={upload.id} upload={upload} />
          ))}
        </ul>
      )}
    </section>
  );
}

function describePolicy({ validation }: IndexSummary): string {
  const { minDuration, maxDuration, minHeight, maxHeight, requireAudio } = validation;
  const length = minDuration > 0 ? `${span(minDuration)} to ${span(maxDuration)}` : `Up to ${span(maxDuration)}`;
  const height = minHeight > 1 ? `, ${minHeight} to ${maxHeight - 1} pixels high` : '';
  return `${length}${height}${requireAudio ? ', with sound' : ''}`;
}

function nameOf(address: string): string {
  const url = URL.parse(address);
  return url?.pathname.split('/').at(-1) || url?.host || address;
}
