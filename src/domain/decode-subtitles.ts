import { analyse } from 'chardet';

/** Bytes that are looked at where a file does not say how it is encoded. */
const SAMPLE = 64 * 1024;
/** What ISO 8859-1 is read as, too (https://encoding.spec.whatwg.org/#names-and-labels). */
const LATIN = 'windows-1252';
/** Of 100, and bytes outside ASCII: with less, chardet takes single accents for Cyrillic or Japanese. */
const LEAST_CONFIDENCE = 30;
const FEWEST_LETTERS = 16;

/**
 * The text of a subtitle file: by its byte order mark, else UTF-16 or UTF-8 where it can be that, else what its letters
 * are most likely in, which for the West of Europe is Windows-1252 and so Latin-1. Never fails: of bytes that are no
 * text something unreadable comes out.
 */
export function decodeSubtitles(bytes: Uint8Array): string {
  const wide = wideEncoding(bytes);
  const text = wide ? new TextDecoder(wide).decode(bytes) : (decodeUtf8(bytes) ?? decodeLegacy(bytes));
  // What Postgres cannot store.
  return text.replaceAll('\0', '\uFFFD');
}

/** The UTF-16 that a file is in: Latin text in it, and every time line, has a zero in each second byte. */
function wideEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = (rest: number) => sample.reduce((sum, byte, at) => sum + Number(byte === 0 && at % 2 === rest), 0);
  if (zeros(1) > sample.length / 8) return 'utf-16le';
  return zeros(0) > sample.length / 8 ? 'utf-16be' : undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** By statistics of letters, which tell nothing of a few; then and where they are in doubt it is Windows-1252. */
function decodeLegacy(bytes: Uint8Array): string {
  const first = bytes.findIndex(isNoAscii);
  const sample = bytes.subarray(Math.max(0, first - SAMPLE / 2)).subarray(0, SAMPLE);
  const [best] = analyse(sample);
  const isSure = best && best.confidence >= LEAST_CONFIDENCE && sample.filter(isNoAscii).length >= FEWEST_LETTERS;
  try {
    return new TextDecoder(isSure ? best.name : LATIN).decode(bytes);
  } catch {
    return new TextDecoder(LATIN).decode(bytes);
  }
}

function isNoAscii(byte: number): boolean {
  return byte > 0x7f;
}
