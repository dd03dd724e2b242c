import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { convertClip, makeClip } from '../helpers/clips.ts';
import { box, editBoxes, element, long, oggBegin } from './boxes.ts';

/** What a hostile file tries to reach: a video that is somebody else's, and a server. */
export interface Bait {
  file: string;
  url: string;
}

type Make = (bait: Bait) => Buffer | Promise<Buffer>;

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Files that send a player elsewhere. */
const scripts: Record<string, (bait: Bait) => string> = {
  'HLS playlist': ({ file, url }) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-MAP:URI="file://${file}"\n#EXTINF:10,\n${file}\n#EXTINF:10,\n${url}\n#EXT-X-ENDLIST\n`,
  'DASH manifest': ({ file, url }) =>
    `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT20S">` +
    `<Period><BaseURL>${url}</BaseURL><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">` +
    `<BaseURL>file://${file}</BaseURL></Representation></AdaptationSet></Period></MPD>\n`,
  'ffconcat script': ({ file, url }) => `ffconcat version 1.0\nfile '${file}'\nfile '${url}'\n`,
  'SMIL presentation': ({ file, url }) => `<smil><body><video src="${file}"/><video src="${url}"/></body></smil>\n`,
  'ASX playlist': ({ file, url }) => `<asx><entry><ref href="${file}"/><ref href="${url}"/></entry></asx>\n`,
  'SDP description': () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n',
  'SVG picture': ({ file, url }) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><image href="file://${file}"/><image href="${url}"/></svg>\n`,
  'ASS subtitles': ({ file }) =>
    `[Script Info]\nScriptType: v4.00+\nAudio URI: ${file}\n[Fonts]\nfontname: ${file}\n[Events]\nDialogue: 0,0:00:00.00,0:01:00.00,,,0,0,0,,{\\fn${file}}words\n`,
  'SubRip subtitles': ({ file, url }) =>
    `1\n00:00:00,000 --> 00:01:00,000\n<img src="${url}"><font face="${file}">words\n`,
  'SAMI subtitles': ({ file, url }) =>
    `<SAMI><HEAD><STYLE>@import url("${url}");</STYLE></HEAD><BODY><SYNC Start=0><P><IMG SRC="${file}"></SAMI>\n`,
  'MPL2 and MicroDVD subtitles': ({ file }) => `[0][100]/${file}\n{0}{100}{f:${file}}words\n`,
  'AviSynth script': ({ file }) => `DirectShowSource("${file}")\n`,
  'ImageMagick script': ({ file, url }) =>
    `push graphic-context\nimage over 0,0 0,0 '${file}'\nimage over 0,0 0,0 '${url}'\n`,
  page: ({ url }) => `<!doctype html><script src="${url}"></script>\n`,
};

/** First bytes of the containers that are taken. */
const magics: Record<string, Buffer> = {
  mp4: box('ftyp', bytes('isom'), long(512), bytes('isomiso2avc1mp41')),
  mkv: element('1a45dfa3', element('4282', bytes('matroska'))),
  avi: bytes('RIFF\x00\x00\x01\x00AVI '),
  ts: Buffer.concat([0, 1, 2].map(() => Buffer.from([0x47, ...Array<number>(187).fill(0xff)]))),
  ps: bytes('\x00\x00\x01\xba\x44\x00\x04\x00\x04\x01\x00\x00\x03\xf8'),
  flv: bytes('FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00'),
  asf: bytes('\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c'),
  ogg: bytes('OggS\x00\x02'),
};

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac'];
const read = async (clip: Promise<string>) => readFile(await clip);
/** The clip with its index last, so that no box stands in front of what the index counts in. */
const mp4 = () => makeClip().then((clip) => read(convertClip('index-last.mp4', ['-i', clip], ['-c', 'copy'])));
const mkv = () => makeClip().then((clip) => read(convertClip('copy.mkv', ['-i', clip], ['-c', 'copy'])));
const converted = (name: string, options: string[]) =>
  makeClip().then((clip) => read(convertClip(name, ['-i', clip], options)));
const edited = (name: string, edit: (content: Buffer) => Buffer) => async () => editBoxes(await mp4(), name, edit);

/** Writes over every place where `found` is, `after` bytes behind its start. */
function overwrite(given: Buffer, found: Buffer, after: number, value: Buffer): Buffer {
  for (let at = given.indexOf(found); at >= 0; at = given.indexOf(found, at + 1)) value.copy(given, at + after);
  return given;
}

const double = (value: number) => {
  const written = Buffer.alloc(8);
  written.writeDoubleBE(value);
  return written;
};
const mkvDuration = (value: number) => async () => overwrite(await mkv(), bytes('\x44\x89\x88'), 3, double(value));

/** A Matroska file of one track with one block. */
function oneBlock(codec: string, width: number, height: number, block: Buffer): Buffer {
  const size = (value: number) => [value >> 8, value & 0xff];
  const track = element(
    'ae',
    ...[element('d7', [1]), element('73c5', [1]), element('83', [1]), element('86', bytes(codec))],
    element('e0', element('b0', size(width)), element('ba', size(height))),
  );
  return Buffer.concat([
    element('1a45dfa3', element('4282', bytes('matroska')), element('4287', [4]), element('4285', [2])),
    element(
      '18538067',
      element('1549a966', element('2ad7b1', [0x0f, 0x42, 0x40]), element('4489', double(20_000))),
      element('1654ae6b', track),
      element('1f43b675', element('e7', [0]), element('a3', [0x81, 0, 0, 0x80], block)),
    ),
  ]);
}

const trak = (id: number) =>
  box(
    'trak',
    box('tkhd', long(3, 0, 0, id, 0, 20_000, 0, 0, 0, 0), Buffer.alloc(36), long(640 << 16, 360 << 16)),
    box('mdia', box('mdhd', long(0, 0, 0, 1000, 20_000, 0)), box('hdlr', long(0, 0), bytes('vide'), long(0, 0, 0, 0))),
  );

/** An alias of classic Mac OS, which a MOV names its external pictures by (QuickTime File Format, "Data Reference Atoms"). */
function alias(path: string): Buffer {
  const name = Buffer.alloc(64);
  name.writeUInt8(8, 0);
  name.write('bait.mp4', 1, 'latin1');
  const volume = Buffer.alloc(28);
  volume.writeUInt8(4, 0);
  volume.write('root', 1, 'latin1');
  const tag = (kind: number, value: string) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(kind, 0);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, bytes(value.length % 2 === 0 ? value : `${value}\0`)]);
  };
  return Buffer.concat([
    ...[
      Buffer.alloc(10),
      volume,
      Buffer.alloc(12),
      name,
      Buffer.alloc(16),
      bytes('\x00\x01\x00\x01'),
      Buffer.alloc(16),
    ],
    ...[tag(0, 'tmp'), tag(2, path), tag(18, path), bytes('\xff\xff\x00\x00')],
  ]);
}

const drefOf = (entry: (bait: Bait) => Buffer) => async (bait: Bait) =>
  editBoxes(await mp4(), 'dref', () => Buffer.concat([long(0, 1), entry(bait)]));

const DAY = 86_400;

/** Files whose content is a fault of theirs, by what they are. */
const forged: Record<string, Make> = {
  nothing: () => Buffer.alloc(0),
  'one byte': () => bytes('\x1a'),
  'mp4 whose data are in a file by alias': drefOf(({ file }) => box('alis', long(0), alias(file))),
  'mp4 whose data are at a URL': drefOf(({ url }) => box('url ', long(0), bytes(`${url}\0`))),
  'mp4 that is a reference movie': ({ file, url }) =>
    Buffer.concat([
      magics.mp4 ?? Buffer.alloc(0),
      box(
        'moov',
        box(
          'rmra',
          ...[file, url].map((target) =>
            box('rmda', box('rdrf', long(0), bytes('url '), long(target.length + 1), bytes(`${target}\0`))),
          ),
        ),
      ),
    ]),
  'mp4 and ZIP archive': async () =>
    Buffer.concat([await mp4(), bytes('PK\x03\x04'), Buffer.alloc(26), bytes('PK\x05\x06'), Buffer.alloc(18)]),
  'mp4 and page': async ({ url }) =>
    Buffer.concat([box('free', bytes(`<html><script src="${url}"></script>`)), await mp4()]),
  'mp4 and PDF': async () => Buffer.concat([box('free', bytes('%PDF-1.7\n')), await mp4()]),
  'mkv and playlist': async ({ file }) => {
    const given = await mkv();
    const end = 5 + given.readUInt8(4) - 0x80;
    // The head's size has one byte or eight.
    const head = given.readUInt8(4) === 1 ? 12 + Number(given.readBigUInt64BE(4) & 0xffffffffffffn) : end;
    return Buffer.concat([given.subarray(0, head), element('ec', bytes(`\n#EXTM3U\n${file}\n`)), given.subarray(head)]);
  },
  'mkv with linked segments': async ({ file }) =>
    // In place of its own identity, the name of the file that goes on.
    overwrite(await mkv(), bytes('\x73\xa4\x90'), 0, bytes(`\x3e\x83\xbb\x8f${file.slice(-15)}`)),
  'png of 65535x65535 in mov': async () =>
    overwrite(await converted('png.mov', ['-t', '0.5', '-c:v', 'png', '-an']), bytes('IHDR'), 4, long(65_535, 65_535)),
  'VP8 of 65535x65535 in mkv': () =>
    oneBlock(
      'V_VP8',
      65_535,
      65_535,
      Buffer.concat([bytes('\x10\x02\x00\x9d\x01\x2a\xff\xff\xff\xff'), Buffer.alloc(1000)]),
    ),
  'mjpeg of 65535x65535 in avi': async () => {
    const given = await converted('mjpeg.avi', ['-c:v', 'mjpeg', '-q:v', '10', '-c:a', 'copy']);
    return overwrite(given, bytes('\xff\xc0\x00\x11\x08'), 5, bytes('\xff\xff\xff\xff'));
  },
  'flv1 of 65535x65535': async () => {
    const given = await converted('small.flv', ['-c:v', 'flv', '-q:v', '10', '-an']);
    // The picture's head (Sorenson H.263): 17 bits of start code, 5 of version, 8 of time, 3 of size, then 16 bits each.
    return overwrite(given, bytes('\x00\x00\x84\x00\x81'), 4, bytes('\x87\xff\xff\xff\xff'));
  },
  'raw pictures of 65535x65535 in avi': async () => {
    const given = await converted('raw.avi', [
      '-t',
      '0.2',
      '-s',
      '64x36',
      '-c:v',
      'rawvideo',
      '-pix_fmt',
      'bgr24',
      '-an',
    ]);
    return overwrite(given, bytes('\x28\x00\x00\x00\x40\x00\x00\x00'), 4, bytes('\xff\xff\x00\x00\xff\xff\x00\x00'));
  },
  'mp4 of 10,000 streams': () =>
    Buffer.concat([
      magics.mp4 ?? Buffer.alloc(0),
      box(
        'moov',
        box('mvhd', long(0, 0, 0, 1000, 20_000), Buffer.alloc(80)),
        ...Array.from({ length: 10_000 }, (_, at) => trak(at + 1)),
      ),
    ]),
  'mkv of 10,000 streams': () => {
    const one = oneBlock('V_VP8', 640, 360, Buffer.alloc(100));
    const at = one.indexOf(Buffer.from('ae01', 'hex'));
    const track = one.subarray(at, one.indexOf(Buffer.from('1f43b675', 'hex')));
    const tracks = element('1654ae6b', ...Array.from({ length: 10_000 }, () => track));
    return Buffer.concat([element('1a45dfa3', element('4282', bytes('matroska'))), element('18538067', tracks)]);
  },
  'ogg of 10,000 streams': () =>
    Buffer.concat(
      Array.from({ length: 10_000 }, (_, at) =>
        oggBegin(
          at,
          bytes(
            '\x01vorbis\x00\x00\x00\x00\x02\x44\xac\x00\x00\x00\x00\x00\x00\x00\x77\x01\x00\x00\x00\x00\x00\xb8\x01',
          ),
        ),
      ),
    ),
  'one frame a day': () =>
    converted('days.mkv', ['-vf', `setpts=N*${DAY}/TB`, '-r', '24', '-vsync', '0', '-frames:v', '20', '-an', ...X264]),
  'one frame a day, in what says to be 20 seconds': async () =>
    overwrite(
      await converted('days.mkv', [
        '-vf',
        `setpts=N*${DAY}/TB`,
        '-r',
        '24',
        '-vsync',
        '0',
        '-frames:v',
        '20',
        '-an',
        ...X264,
      ]),
      bytes('\x44\x89\x88'),
      3,
      double(20_000),
    ),
  'sound a day after the first, in what says to be 20 seconds': async () =>
    overwrite(
      await converted('late-sound.mkv', ['-af', `asetpts=PTS+gte(N\\,20)*${DAY}/TB`, ...X264, '-t', String(2 * DAY)]),
      bytes('\x44\x89\x88'),
      3,
      double(20_000),
    ),
  'mp4 of one frame in two days': edited('stts', () => long(0, 1, 384, 0x7fffffff)),
  'mkv of endless duration': mkvDuration(Number.POSITIVE_INFINITY),
  'mkv of a duration that is no number': mkvDuration(Number.NaN),
  'mkv of negative duration': mkvDuration(-20_000),
  'mkv of 1e300 seconds': mkvDuration(1e300),
  'mp4 of endless duration': async () =>
    editBoxes(
      editBoxes(
        editBoxes(await mp4(), 'mvhd', (content) =>
          Buffer.concat([content.subarray(0, 16), long(0xffffffff), content.subarray(20)]),
        ),
        'tkhd',
        (content) => Buffer.concat([content.subarray(0, 20), long(0xffffffff), content.subarray(24)]),
      ),
      'mdhd',
      (content) => Buffer.concat([content.subarray(0, 16), long(0xffffffff), content.subarray(20)]),
    ),
  'mp4 of a time scale of 1 in 4 billion': edited('mdhd', (content) =>
    Buffer.concat([content.subarray(0, 12), long(0xffffffff), content.subarray(16)]),
  ),
  'mp4 of 4 billion samples of one size': edited('stsz', () => long(0, 1, 0xffffffff)),
  'mp4 of 80 million samples in each chunk': edited('stsc', () => long(0, 1, 1, 80_000_000, 1)),
  'mp4 of 4 billion entries of time': edited('stts', () => long(0, 0xffffffff, 1, 512)),
  'mp4 of 4 billion places': edited('stco', (content) => Buffer.concat([long(0, 0xffffffff), content.subarray(8)])),
  'mp4 of boxes in boxes': () => {
    let inner = box('trak');
    for (let depth = 0; depth < 5_000; depth++) inner = box('moov', inner);
    return Buffer.concat([magics.mp4 ?? Buffer.alloc(0), inner]);
  },
  'mp4 of boxes without size': () =>
    Buffer.concat([
      magics.mp4 ?? Buffer.alloc(0),
      box('moov', ...Array.from({ length: 5_000 }, () => bytes('\0\0\0\0trak'))),
    ]),
  'mp4 of a box of 2^63 bytes': () =>
    Buffer.concat([
      magics.mp4 ?? Buffer.alloc(0),
      bytes('\0\0\0\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff'),
      box('mvhd', Buffer.alloc(100)),
    ]),
  'mkv of unknown sizes within each other': () =>
    Buffer.concat([
      element('1a45dfa3', element('4282', bytes('matroska'))),
      ...Array.from({ length: 5_000 }, () => Buffer.from('1853806701ffffffffffffff1f43b67501ffffffffffffff', 'hex')),
    ]),
  'mkv of an attachment of 2^40 bytes': async () =>
    Buffer.concat([
      (await mkv()).subarray(0, 4096),
      Buffer.from('1941a469010000ffffffffff61a7010000fffffffff0465c010000ffffffff00', 'hex'),
    ]),
  'mkv of text that expands': () => oneBlock('V_VP8', 640, 360, deflateSync(Buffer.alloc(50_000_000))),
  'ts of 8000 programmes': () =>
    Buffer.concat(
      Array.from({ length: 2_000 }, (_, at) => {
        const packet = Buffer.alloc(188, 0xff);
        const programmes = Array.from({ length: 4 }, (_, n) => [
          0,
          4 * at + n + 1,
          0xe0 | ((32 + 4 * at + n) >> 8),
          (32 + 4 * at + n) & 0xff,
        ]);
        Buffer.from([0x47, 0x40, 0, 0x10 | (at & 15), 0, 0, 0xb0, 25, 0, 1, 0xc1, 0, 0, ...programmes.flat()]).copy(
          packet,
        );
        return packet;
      }),
    ),
};

/** Those that a player follows, and that are looked for behind the first bytes of each container. */
const FOLLOWED = ['HLS playlist', 'ffconcat script'];

/**
 * What plays, and may: each is a whole video in itself. What it says of another file, or of an impossible duration, is not
 * believed.
 */
export const MAY_PLAY: readonly string[] = [
  'mp4 whose data are at a URL',
  'mkv with linked segments',
  'mkv of endless duration',
  'mkv of a duration that is no number',
  'mkv of negative duration',
  'mkv of 1e300 seconds',
];

/** Every hostile file by its name, made anew against this bait. */
export async function makeHostileFiles(bait: Bait): Promise<Map<string, Buffer>> {
  const made = new Map<string, Buffer>();
  for (const [name, write] of Object.entries(scripts)) made.set(name, bytes(write(bait)));
  for (const name of FOLLOWED) {
    for (const [container, magic] of Object.entries(magics)) {
      // So far behind that the first kilobyte does not give it away.
      const file = Buffer.concat([magic, Buffer.alloc(2048, ' '), bytes('\n'), made.get(name) ?? Buffer.alloc(0)]);
      made.set(`${name} behind the first bytes of ${container}`, file);
    }
  }
  for (const [name, make] of Object.entries(forged)) made.set(name, await make(bait));
  return made;
}
