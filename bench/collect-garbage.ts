/**
 * Loaded into a server (`--import`): collects the garbage of all its threads at a SIGUSR2, so that what is held afterwards
 * is in use.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
// Each thread has a heap of its own, and only the main one hears of signals.
const others = new BroadcastChannel('collect-garbage');
others.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => {
    collect();
    others.postMessage(null);
  });
} else {
  // An argument would make it a collection of young objects alone.
  others.onmessage = () => collect();
}
