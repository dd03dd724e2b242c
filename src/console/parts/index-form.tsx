import { type FormEvent, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { describeError } from '../api/api.ts';
import { CreateIndex, ModelList } from '../api/documents.ts';
import { describeRefusal } from '../api/refusals.ts';
import { Dialog } from './dialog.tsx';

/** For those who do not want their videos measured: what a camera or a phone makes is let in. */
const ANY_VIDEO = {
  minHeight: 1,
  maxHeight: 16_385,
  minDuration: 0,
  maxDuration: 86_400,
  maxFileSize: 8 * 1024 ** 3,
  requireAudio: false,
  rejectBrokenFrames: false,
};

export function IndexForm({ onCreated, onClose }: { onCreated(id: string): Promise<void>; onClose(): void }) {
  const [{ data }] = useQuery({ query: ModelList });
  const [{ fetching }, create] = useMutation(CreateIndex);
  const [failure, setFailure] = useState('');
  const models = data?.models.filter(({ installed }) => installed) ?? [];

  async function submit(form: FormData) {
    const model = form.get('model');
    const input = {
      name: String(form.get('name')).trim(),
      ...(typeof model === 'string' && { model }),
      ...(form.get('any') && { validation: ANY_VIDEO }),
    };
    const result = await create({ input });
    if (!result.data) setFailure(result.error ? describeError(result.error) : '');
    else if ('message' in result.data.createIndex) setFailure(describeRefusal(result.data.createIndex));
    else await onCreated(result.data.createIndex.id);
  }
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    void submit(new FormData(event.currentTarget));
  }

  return (
    <Dialog title="New index" className="narrow" onClose={onClose}>
      <form className="fields" onSubmit={onSubmit}>
        <label className="field">
          <span>Name</span>
          <input name="name" required maxLength={200} autoComplete="off" placeholder="Holidays, lectures, films…" />
        </label>
        {models.length > 1 && (
          <label className="field">
            <span>Model</span>
            <select name="model">
              {models.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <label className="check">
          <input name="any" type="checkbox" />
          <span>
            Take any video
            <small>Else 15 seconds to 2 hours, 360 to 1079 pixels, with sound, and without a broken frame.</small>
          </span>
        </label>
        <p className="failure" role="alert">
          {failure}
        </p>
        <div className="actions">
          <button type="submit" className="button primary" disabled={fetching}>
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}
