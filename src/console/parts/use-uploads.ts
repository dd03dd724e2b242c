import pLimit from 'p-limit';
import { useEffect, useRef, useState } from 'react';
import { createClientToken } from '../api/client-token.ts';
import { uploadVideo } from '../api/upload-video.ts';
import { useApi } from '../api-context.ts';
import { useNotices } from './notices.tsx';

/** How many go at once: a browser opens six connections to a host, and the rest of the page needs some of them. */
const AT_ONCE = 2;

/** A file on its way to the server, or one that did not get there. */
export interface Upload {
  /** The token by which the server knows a second try as the same upload. */
  id: string;
  indexId: string;
  filename: string;
  state: 'waiting' | 'sending' | 'failed';
  /** How much of it has gone, 0 to 1. */
  part: number;
  /** Why it failed, for a person. */
  failure: string;
  /** Takes it off the page, wherever it has got to. */
  stop(): void;
  retry(): void;
}

/** The uploads of this page, and what the videos of its tasks are called until the server has looked into them. */
export interface Uploads {
  current: readonly Upload[];
  names: ReadonlyMap<string, string>;
  start(indexId: string, files: readonly File[]): void;
  nameTask(taskId: string, name: string): void;
}

/** They go on whichever index is looked at, until the page is left. */
export function useUploads(): Uploads {
  const api = useApi();
  const notices = useNotices();
  const [current, setCurrent] = useState<readonly Upload[]>([]);
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const [limit] = useState(() => pLimit(AT_ONCE));
  const page = usePageSignal();
  useLeaveWarning(current.some(({ state }) => state !== 'failed'));

  const nameTask = (taskId: string, name: string) => setNames((before) => new Map(before).set(taskId, name));
  const drop = (id: string) => setCurrent((before) => before.filter((upload) => upload.id !== id));
  const change = (id: string, changes: Partial<Upload>) =>
    setCurrent((before) => before.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload)));

  function begin(wish: { id: string; indexId: string; file: File }) {
    const { id, indexId, file } = wish;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, page()]);
    const stop = () => {
      abort.abort();
      drop(id);
    };
    const retry = () => {
      drop(id);
      begin(wish);
    };
    const fresh = { id, indexId, filename: file.name, part: 0, failure: '', stop, retry };
    setCurrent((before) => [...before, { ...fresh, state: 'waiting' }]);
    void limit(async () => {
      if (signal.aborted) return;
      change(id, { state: 'sending' });
      try {
        nameTask(await uploadVideo(api, wish, { signal, onProgress: (part) => change(id, { part }) }), file.name);
        notices.announce(`${file.name} has arrived.`);
        drop(id);
      } catch (error) {
        // One that was stopped is off the page already.
        change(id, { state: 'failed', failure: (error as Error).message });
      }
    });
  }

  return {
    current,
    names,
    nameTask,
    start(indexId, files) {
      for (const file of files) begin({ id: createClientToken(), indexId, file });
    },
  };
}

/** Gives a signal that is aborted when this part of the page goes. */
function usePageSignal(): () => AbortSignal {
  const page = useRef(new AbortController());
  useEffect(() => {
    // Strict mode leaves and comes back.
    const mounted = new AbortController();
    page.current = mounted;
    return () => mounted.abort();
  }, []);
  return () => page.current.signal;
}

/** Has the browser ask whoever leaves the page by mistake. */
function useLeaveWarning(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isWanted]);
}
