import { stringifyDocument } from 'urql';
import type { CreateTaskMutation } from '../generated/graphql.ts';
import type { Api } from './api.ts';
import { CreateTask } from './documents.ts';
import { describeRefusal } from './refusals.ts';

interface Answer {
  data?: CreateTaskMutation | null;
  errors?: { message: string }[];
}

/**
 * Sends a video by the GraphQL multipart request specification. By XMLHttpRequest, since `fetch` does not tell how much
 * of a body has gone.
 * @param upload.id the same for each try, so that the server makes one task of them
 * @param options.onProgress the part that has gone, 0 to 1
 * @returns the task's id
 * @throws an Error that says for a person what the server has against it; the signal's reason when it is aborted
 */
export async function uploadVideo(
  { endpoint, headers }: Api,
  { id, indexId, file }: { id: string; indexId: string; file: File },
  options: { signal: AbortSignal; onProgress: (part: number) => void },
): Promise<string> {
  const form = new FormData();
  const variables = { input: { indexId, clientToken: id, videoFile: null } };
  form.set('operations', JSON.stringify({ query: stringifyDocument(CreateTask), variables }));
  form.set('map', JSON.stringify({ file: ['variables.input.videoFile'] }));
  form.set('file', file, file.name);
  const { data, errors } = await post(endpoint, headers, form, options);
  if (!data) throw new Error(errors?.[0]?.message ?? 'The server gave no answer.');
  if ('message' in data.createTask) throw new Error(describeRefusal(data.createTask));
  return data.createTask.id;
}

function post(
  endpoint: URL,
  headers: Record<string, string>,
  form: FormData,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (part: number) => void },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', endpoint);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(readAnswer(request));
    request.onerror = () => reject(new Error('The connection broke before the video had arrived.'));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}

/** What is no GraphQL answer comes from something between here and the server, such as a proxy with limits of its own. */
function readAnswer({ status, responseText }: XMLHttpRequest): Answer {
  try {
    return JSON.parse(responseText);
  } catch {
    return { errors: [{ message: `The video was refused on its way to the server, with status ${status}.` }] };
  }
}
