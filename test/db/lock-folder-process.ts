import { lockFolder } from '../../src/db/folder-lock.ts';

// A process that locks the folder of its first argument, says how that went, and holds it until its input ends.
const [, , folder = ''] = process.argv;
const outcome = await lockFolder(folder).then(
  () => 'locked',
  (error: Error) => `${error.name}: ${error.message}`,
);
process.stdout.write(`${outcome}\n`);
process.stdin.resume();
