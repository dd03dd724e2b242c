import type { Client, RequestOptions } from '../client/client.ts';
import { CommandFailedError } from './failures.ts';
import { formatOffset, print, styled } from './output.ts';
import { type FinishedVideo, followTask, type TaskState } from './tasks.ts';

/**
 * Follows a task and prints each status as it arrives, with the seconds since the task was created, by the server's
 * clock. Resolves when it is READY. Throws CommandFailedError when it ends otherwise.
 */
export async function reportTask(client: Client, id: string, options: RequestOptions = {}): Promise<FinishedVideo> {
  let printed = 0;
  for await (const task of followTask(client, id, options)) {
    clearTransient();
    for (const { status, at } of task.history.slice(printed))
      print(`  ${styled(colorOf(status), status.padEnd(10))} ${secondsBetween(task.createdAt, at)}`);
    printed = task.history.length;
    if (task.status === 'READY' && task.video) return task.video;
    if (task.status === 'FAILED' || task.status === 'CANCELED') throw failureOf(task);
    showTransient(`  ${Math.round(task.progress * 100)} %${remaining(task)}`);
  }
  throw new CommandFailedError(`The server stopped telling about the task ${id} before it had ended.`);
}

/** `0:20, 1280 × 720, 5 segments` */
export function describeVideo({ metadata, segments }: FinishedVideo): string {
  const { duration, width, height } = metadata;
  return `${formatOffset(duration)}, ${width} × ${height}, ${segments.totalCount} segments`;
}

function failureOf({ failure, status, id }: TaskState): CommandFailedError {
  if (!failure) return new CommandFailedError(`The task ${id} is ${status}.`);
  const { code, message, actual, allowed } = failure;
  const lines = [`${code}: ${message}`];
  if (actual !== null) lines.push(`  actual:  ${actual}`);
  if (allowed !== null) lines.push(`  allowed: ${allowed}`);
  return new CommandFailedError(lines.join('\n'));
}

function colorOf(status: TaskState['status']): 'green' | 'red' | 'cyan' {
  if (status === 'READY') return 'green';
  return status === 'FAILED' || status === 'CANCELED' ? 'red' : 'cyan';
}

function secondsBetween(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(2).padStart(7)} s`;
}

function remaining({ estimatedTime }: TaskState): string {
  if (estimatedTime === null) return '';
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
