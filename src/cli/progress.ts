import { Presets, SingleBar } from 'cli-progress';
import { formatMegabytes } from './output.ts';

/** Shows how many bytes of a whole have gone by, on standard error. */
export interface ByteProgress {
  update(bytes: number, total: number): void;
  /** Leaves the last state standing. */
  stop(): void;
}

/** A bar on a terminal; elsewhere a line at each quarter. */
export function showBytes(label: string): ByteProgress {
  return process.stderr.isTTY ? showBar(label) : showLines(label);
}

function showBar(label: string): ByteProgress {
  const format = `${label} {bar} {percentage} %  {done} of {all} MB`;
  const bar = new SingleBar({ format, barsize: 32, hideCursor: true, stopOnComplete: false }, Presets.shades_classic);
  let started = false;
  return {
    update(bytes, total) {
      const payload = { done: formatMegabytes(bytes), all: formatMegabytes(total) };
      if (!started) bar.start(total, bytes, payload);
      else bar.update(bytes, payload);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

function showLines(label: string): ByteProgress {
  let shown = 0;
  return {
    update(bytes, total) {
      const quarter = total > 0 ? Math.floor((bytes / total) * 4) : 4;
      if (quarter <= shown) return;
      shown = quarter;
      process.stderr.write(`${label} ${quarter * 25} %  ${formatMegabytes(bytes)} of ${formatMegabytes(total)} MB\n`);
    },
    stop() {},
  };
}
