import { open } from 'node:fs/promises';
import { UnreadableMediaError } from './errors.ts';

/** A container that we take: `demuxer` is ffmpeg's name for its reader. */
export interface Container {
  demuxer: string;
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

const CONTAINERS: readonly Container[] = [
  {
    demuxer: 'mov',
    cutAnywhere: false,
    statesDuration: true,
    matches: at(4, 'ftyp', 'styp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot'),
  },
  { demuxer: 'matroska', cutAnywhere: false, statesDuration: true, matches: at(0, '\x1a\x45\xdf\xa3') },
  {
    demuxer: 'avi',
    cutAnywhere: false,
    statesDuration: true,
    matches: (head) => at(0, 'RIFF')(head) && at(8, 'AVI ', 'AVIX')(head),
  },
  { demuxer: 'mpegts', cutAnywhere: true, statesDuration: false, matches: syncBytes },
  { demuxer: 'mpeg', cutAnywhere: true, statesDuration: false, matches: at(0, '\x00\x00\x01\xba') },
  { demuxer: 'flv', cutAnywhere: true, statesDuration: false, matches: at(0, 'FLV\x01') },
  { demuxer: 'asf', cutAnywhere: false, statesDuration: true, matches: at(0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11') },
  { demuxer: 'ogg', cutAnywhere: false, statesDuration: false, matches: at(0, 'OggS') },
];

/** The demuxers that ffmpeg may use, as its `-format_whitelist` has them. */
export const DEMUXERS = CONTAINERS.map((container) => container.demuxer).join(',');

/**
 * Tells the container by the file's first bytes, before ffmpeg sees it: ffmpeg would follow a playlist or a concat
 * script that calls itself an mp4 to other people's files. Anything but a video container is an `UnreadableMediaError`.
 */
export async function detectContainer(file: string): Promise<Container> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    if (bytesRead === 0) throw new UnreadableMediaError('The file is empty');
    const head = buffer.subarray(0, bytesRead);
    const container = CONTAINERS.find((candidate) => candidate.matches(head));
    if (container) return container;
    throw new UnreadableMediaError(
      'The file is not a video: its first bytes are none of MP4/MOV, Matroska/WebM, AVI, MPEG-TS, MPEG-PS, FLV, ASF/WMV or Ogg',
    );
  } finally {
    await handle.close();
  }
}
