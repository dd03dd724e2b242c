import { appendFile } from 'node:fs/promises';

/** Adds a row to the table of faults, which `npm run test:faults` prints at its end. */
export async function report(row: { fault: string; required: string; measured: string }): Promise<void> {
  const file = process.env.FAULTS_REPORT;
  if (file) await appendFile(file, `${JSON.stringify(row)}\n`);
}
