import type { FormEvent } from 'react';
import { ReelMark } from './icons.tsx';

/** Asks for the API key without which the server answers nothing. */
export function KeyForm({ wasRefused, onGive }: { wasRefused: boolean; onGive(key: string, forLong: boolean): void }) {
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onGive(String(form.get('key')).trim(), form.has('keep'));
  }
  return (
    <main className="gate">
      <form className="fields card" aria-labelledby="gate" onSubmit={onSubmit}>
        <ReelMark />
        <h1 id="gate">Reelgraph</h1>
        <p role="alert">{wasRefused ? 'This key is not valid, or not any more.' : 'This server needs an API key.'}</p>
        <label className="field">
          <span>API key</span>
          <input name="key" type="password" required autoComplete="current-password" />
        </label>
        <label className="check">
          <input name="keep" type="checkbox" />
          <span>
            Keep it on this device
            <small>Else it is forgotten when this tab is closed.</small>
          </span>
        </label>
        <button type="submit" className="button primary">
          Open
        </button>
      </form>
    </main>
  );
}
