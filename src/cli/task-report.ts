import { type Client, type Task, TaskFailedError, type Video } from '../client/client.ts';
import { CountSegmentsDocument } from '../client/generated/graphql.ts';
import { CommandFailedError } from './failures.ts';
import { formatOffset, print, styled } from './output.ts';

/**
 * Waits for a task and prints each status as it arrives, with the seconds since the task was created, by the server's
 * clock. Throws CommandFailedError when it ends FAILED, else as `Client.waitForTask` does.
 */
export async function reportTask(client: Client, id: string, signal: AbortSignal): Promise<Video> {
  let printed = 0;
  const onUpdate = (task: Task) => {
    clearTransient();
    if (task.history.length > printed)
      print(
        `  ${styled(colorOf(task.status), task.status.padEnd(10))} ${secondsBetween(task.createdAt, task.updatedAt)}`,
      );
    printed = task.history.length;
    if (task.estimatedTime !== null)
      showTransient(`  ${Math.round(task.progress * 100)} %${remaining(task.estimatedTime)}`);
  };
  try {
    return (await client.waitForTask(id, { onUpdate, signal })).video;
  } catch (error) {
    throw error instanceof TaskFailedError ? describeBrokenRule(error) : error;
  }
}

/** `0:20, 1280 × 720, 5 segments` */
export async function describeVideo(client: Client, { id, metadata }: Video, signal: AbortSignal): Promise<string> {
  const { duration, width, height } = metadata;
  const { video } = await client.request(CountSegmentsDocument, { videoId: id }, { signal });
  return `${formatOffset(duration)}, ${width} × ${height}, ${video?.segments.totalCount ?? 0} segments`;
}

function describeBrokenRule(failure: TaskFailedError): CommandFailedError {
  const { code, message, actual, allowed } = failure;
  const lines = [`${code}: ${message}`];
  if (actual !== null) lines.push(`  actual:  ${actual}`);
  if (allowed !== null) lines.push(`  allowed: ${allowed}`);
  return new CommandFailedError(lines.join('\n'));
}

function colorOf(status: Task['status']): 'green' | 'red' | 'cyan' {
  if (status === 'READY') return 'green';
  return status === 'FAILED' || status === 'CANCELED' ? 'red' : 'cyan';
}

function secondsBetween(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(2).padStart(7)} s`;
}

function remaining(estimatedTime: string): string {
  const seconds = (Date.parse(estimatedTime) - Date.now()) / 1000;
  return seconds > 1 ? `, about ${formatOffset(seconds)} left` : '';
}

// A line that the next one takes the place of; only a terminal can show it.
function showTransient(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(line);
}

function clearTransient(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
}
