import { useState } from 'react';
import { UploadAbortedError, uploadVideo } from '../api/upload-video.ts';
import { useApi } from '../api-context.ts';
import { useNotices } from './notices.tsx';

/** A file on its way to the server. */
export interface Upload {
  id: number;
  filename: string;
  /** How much of it has gone, 0 to 1. */
  part: number;
  stop(): void;
}

/** The uploads of this page, and what the videos of its tasks are called until the server has looked into them. */
export interface Uploads {
  current: readonly Upload[];
  names: ReadonlyMap<string, string>;
  start(files: readonly File[]): void;
  nameTask(taskId: string, name: string): void;
}

let lastId = 0;

export function useUploads(indexId: string): Uploads {
  const api = useApi();
  const notices = useNotices();
  const [current, setCurrent] = useState<readonly Upload[]>([]);
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const nameTask = (taskId: string, name: string) => setNames((before) => new Map(before).set(taskId, name));

  async function send(file: File) {
    lastId += 1;
    const id = lastId;
    const abort = new AbortController();
    const onProgress = (part: number) =>
      setCurrent((before) => before.map((upload) => (upload.id === id ? { ...upload, part } : upload)));
    setCurrent((before) => [...before, { id, filename: file.name, part: 0, stop: () => abort.abort() }]);
    try {
      nameTask(await uploadVideo(api, { indexId, file }, { signal: abort.signal, onProgress }), file.name);
      notices.announce(`${file.name} has arrived.`);
    } catch (error) {
      if (!(error instanceof UploadAbortedError)) notices.fail(`${file.name}: ${(error as Error).message}`);
    } finally {
      setCurrent((before) => before.filter((upload) => upload.id !== id));
    }
  }

  return {
    current,
    names,
    nameTask,
    start(files) {
      for (const file of files) void send(file);
    },
  };
}
