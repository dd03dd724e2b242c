import { open } from 'node:fs/promises';
import { UnreadableMediaError } from './errors.ts';

/** A container that we take: `demuxer` is ffmpeg's name for its reader. */
export interface Container {
  demuxer: string;
  /** What a browser is to take it for. */
  mediaType: string;
  /** Recordings of a broadcast start and end in the middle of things, and that is no fault of the file. */
  cutAnywhere: boolean;
  /** Its duration is written in it when it is made, and not reckoned from what is left of the file. */
  statesDuration: boolean;
  matches(head: Buffer): boolean;
}

const at = (offset: number, ...texts: string[]) => {
  const magics = texts.map((text) => Buffer.from(text, 'latin1'));
  return (head: Buffer) => magics.some((magic) => head.subarray(offset, offset + magic.length).equals(magic));
};

// A transport stream has a sync byte per packet: of 188 bytes, or of 192 where each has a time code in front.
const syncBytes = (head: Buffer) =>
  [[0, 188] as const, [4, 192] as const].some(([start, step]) =>
    [0, 1, 2].every((packet) => head[start + packet * step] === 0x47),
  );

const isEbml = at(0, '\x1a\x45\xdf\xa3');
/** Bytes in which Matroska says whether it is WebM (RFC 9559, section 14). */
const EBML_HEAD = 64;

const CONTAINERS: readonly Container[] = [
  {
    demuxer: 'mov',
    mediaType: 'video/mp4',
    cutAnywhere: false,
    statesDuration: true,
    matches: at(4, 'ftyp', 'styp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot'),
  },
  {
    demuxer: 'matroska',
    mediaType: 'video/webm',
    cutAnywhere: false,
    statesDuration: true,
    matches: (head) => isEbml(head) && head.subarray(0, EBML_HEAD).includes('webm'),
  },
  {
    demuxer: 'matroska',
    mediaType: 'video/matroska',
    cutAnywhere: false,
    statesDuration: true,
    matches: isEbml,
  },
  {
    demuxer: 'avi',
    mediaType: 'video/x-msvideo',
    cutAnywhere: false,
    statesDuration: true,
    matches: (head) => at(0, 'RIFF')(head) && at(8, 'AVI ', 'AVIX')(head),
  },
  { demuxer: 'mpegts', mediaType: 'video/mp2t', cutAnywhere: true, statesDuration: false, matches: syncBytes },
  {
    demuxer: 'mpeg',
    mediaType: 'video/mpeg',
    cutAnywhere: true,
    statesDuration: false,
    matches: at(0, '\x00\x00\x01\xba'),
  },
  { demuxer: 'flv', mediaType: 'video/x-flv', cutAnywhere: true, statesDuration: false, matches: at(0, 'FLV\x01') },
  {
    demuxer: 'asf',
    mediaType: 'video/x-ms-asf',
    cutAnywhere: false,
    statesDuration: true,
    matches: at(0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11'),
  },
  { demuxer: 'ogg', mediaType: 'video/ogg', cutAnywhere: false, statesDuration: false, matches: at(0, 'OggS') },
];

/** The demuxers that ffmpeg may use, as its `-format_whitelist` has them. */
export const DEMUXERS = [...new Set(CONTAINERS.map((container) => container.demuxer))].join(',');

const HEAD = 1024;
/** An archive ends with a record of 22 bytes and a comment of up to 65,535 (PKWARE APPNOTE, section 4.3.16). */
const TAIL = 22 + 65_535;
/** What readers of other formats look for in the first kilobyte, and no video has there. */
const ALSO_IS = /#EXTM3U|ffconcat version|<(?:!doctype|html|head|body|script|iframe|svg|smil|mpd|\?php)\b|%PDF-/i;

/**
 * Tells the container by the file's first bytes, before ffmpeg sees it: ffmpeg would follow a playlist or a concat
 * script that calls itself an mp4 to other people's files. Anything but a video container is an `UnreadableMediaError`,
 * and so is what is a playlist, a page, a document or an archive at the same time.
 */
export async function detectContainer(file: string): Promise<Container> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (from: number, length: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    };
    if (size === 0) throw new UnreadableMediaError('The file is empty');
    const head = await read(0, HEAD);
    const container = CONTAINERS.find((candidate) => candidate.matches(head));
    if (!container) {
      throw new UnreadableMediaError(
        'The file is not a video: its first bytes are none of MP4/MOV, Matroska/WebM, AVI, MPEG-TS, MPEG-PS, FLV, ASF/WMV or Ogg',
      );
    }
    const other = ALSO_IS.exec(head.toString('latin1'))?.[0];
    if (other) throw new UnreadableMediaError(`The file is not only a video: it has "${other}" in its first bytes`);
    if (endsAnArchive(await read(Math.max(0, size - TAIL), TAIL))) {
      throw new UnreadableMediaError('The file is not only a video: it is a ZIP archive, too');
    }
    return container;
  } finally {
    await handle.close();
  }
}

function endsAnArchive(tail: Buffer): boolean {
  for (let at = tail.indexOf('PK\x05\x06'); at >= 0; at = tail.indexOf('PK\x05\x06', at + 1)) {
    if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length) return true;
  }
  return false;
}
