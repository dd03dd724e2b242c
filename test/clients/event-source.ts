import { EventSource } from 'eventsource'; // in a browser it is a global

/** Calls `onNext` with each result. The browser connects again by itself when the connection is lost. */
export function openEventSource(url: string, query: string, variables: object, onNext: (result: string) => void) {
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const source = new EventSource(`${url}?${parameters}`);
  source.addEventListener('next', ({ data }) => onNext(data));
  // Without this it would subscribe anew after the last result.
  source.addEventListener('complete', () => source.close());
  return source;
}
