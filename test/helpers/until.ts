import { setTimeout as wait } from 'node:timers/promises';

/** Resolves once the condition holds; for what tells nobody that it has happened, such as a file that goes. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await wait(20);
}
