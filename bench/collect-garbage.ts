/** Loaded into a server (`--import`): collects its garbage at a SIGUSR2, so that what is held afterwards is in use. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
process.on('SIGUSR2', collect);
