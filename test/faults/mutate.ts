/** Numbers from 0 to 1 that are the same for the same seed: mulberry32 of Tommy Ettinger, public domain. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers at whose borders sizes, counts and times go wrong. */
const BORDERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
/** Of the file: where its tables and descriptions stand, at its beginning or its end. */
const HEAD = 4096;
/** What tells that the file is a video; most mutations leave it alone, or nothing would come to a decoder. */
const MAGIC = 16;

/** A damaged copy of a file: one to four faults, each of its own kind, two of three where the descriptions stand. */
export function mutate(given: Buffer, random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(given);
  const below = (most: number) => Math.floor(random() * Math.max(1, most));
  const place = () => {
    const kind = random();
    if (kind < 0.03) return below(MAGIC);
    const head = Math.min(HEAD, bytes.length);
    if (kind < 0.5) return MAGIC + below(head - MAGIC);
    return kind < 0.66 ? bytes.length - 1 - below(head) : MAGIC + below(bytes.length - MAGIC);
  };
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  const part = () => {
    const start = place();
    return { start, end: Math.min(bytes.length, start + 1 + below(2 ** below(13))) };
  };
  const kinds = [
    function flipBits() {
      for (let count = 2 ** below(7); count > 0; count--) {
        const at = place();
        if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at);
      }
    },
    function overwrite() {
      const { start, end } = part();
      const length = Math.max(0, end - start);
      (random() < 0.5 ? Buffer.alloc(length, below(256)) : noise(length)).copy(bytes, start);
    },
    function setNumber() {
      const value = BORDERS[below(BORDERS.length)] ?? 0;
      const width = [1, 2, 4][below(3)] ?? 4;
      const at = Math.min(place(), bytes.length - width);
      const fitting = value % 2 ** (8 * width);
      if (at < 0) return;
      if (random() < 0.5) bytes.writeUIntBE(fitting, at, width);
      else bytes.writeUIntLE(fitting, at, width);
    },
    function truncate() {
      bytes = bytes.subarray(0, Math.max(1, place()));
    },
    function remove() {
      const { start, end } = part();
      bytes = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    },
    function insert() {
      const at = place();
      bytes = Buffer.concat([bytes.subarray(0, at), noise(1 + below(2 ** below(11))), bytes.subarray(at)]);
    },
    function repeat() {
      const { start, end } = part();
      const copies = Array.from({ length: 1 + below(8) }, () => bytes.subarray(start, end));
      bytes = Buffer.concat([bytes.subarray(0, end), ...copies, bytes.subarray(end)]);
    },
    function swap() {
      const [one, other] = [part(), part()].sort((a, b) => a.start - b.start);
      if (!one || !other || one.end > other.start) return;
      const { start, end } = one;
      const parts = [
        bytes.subarray(0, start),
        bytes.subarray(other.start, other.end),
        bytes.subarray(end, other.start),
        bytes.subarray(start, end),
        bytes.subarray(other.end),
      ];
      bytes = Buffer.concat(parts);
    },
  ];
  for (let faults = 1 + below(4); faults > 0; faults--) kinds[below(kinds.length)]?.();
  return bytes;
}
