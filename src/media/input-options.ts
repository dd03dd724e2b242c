import { type Container, DEMUXERS } from './container.ts';

/*
 * What films, cameras, phones, browsers, screens and broadcasts are recorded in. ffmpeg has some 500 decoders; those of
 * old games and of pictures made of text or scripts are where faults live longest, and no video needs them.
 */
const VIDEO_DECODERS = [
  ...['h264', 'hevc', 'vvc', 'libdav1d', 'libaom-av1', 'av1', 'vp8', 'libvpx', 'vp9', 'libvpx-vp9', 'theora', 'vp3'],
  ...['mpeg1video', 'mpeg2video', 'mpegvideo', 'mpeg4', 'msmpeg4v1', 'msmpeg4v2', 'msmpeg4', 'h261', 'h263', 'h263p'],
  ...['h263i', 'flv', 'vp6', 'vp6a', 'vp6f', 'flashsv', 'flashsv2', 'wmv1', 'wmv2', 'wmv3', 'vc1', 'mss2', 'dvvideo'],
  ...['mjpeg', 'mjpegb', 'jpeg2000', 'prores', 'dnxhd', 'cfhd', 'ffv1', 'huffyuv', 'ffvhuff', 'utvideo', 'magicyuv'],
  ...['rawvideo', 'v210', 'r210', 'hap', 'svq1', 'svq3', 'rpza', 'qtrle', 'cinepak', 'indeo3', 'indeo4', 'indeo5'],
  ...['rv30', 'rv40', 'dirac', 'msrle', 'msvideo1', 'zmbv', 'camtasia', 'png', 'gif', 'bmp', 'webp'],
];
const AUDIO_DECODERS = [
  ...[
    'aac',
    'aac_latm',
    'mp3float',
    'mp3',
    'mp2float',
    'mp2',
    'mp1float',
    'mp1',
    'ac3',
    'eac3',
    'dca',
    'truehd',
    'mlp',
  ],
  ...['opus', 'libopus', 'vorbis', 'libvorbis', 'flac', 'alac', 'tta', 'wavpack', 'speex', 'libspeex', 'nellymoser'],
  ...['wmav1', 'wmav2', 'wmapro', 'wmalossless', 'wmavoice', 'amrnb', 'amrwb', 'gsm', 'gsm_ms', 'qdm2', 'qdmc', 'cook'],
  ...['adpcm_ms', 'adpcm_ima_wav', 'adpcm_ima_qt', 'adpcm_swf', 'adpcm_yamaha', 'g722', 'g726', 'mace3', 'mace6'],
  ...['pcm_s8', 'pcm_u8', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_s32be', 'pcm_f32le'],
  ...['pcm_f32be', 'pcm_f64le', 'pcm_f64be', 'pcm_alaw', 'pcm_mulaw', 'pcm_dvd', 'pcm_bluray', 's302m', 'dvaudio'],
];

/** Of one picture: 8192 x 8192. */
const MOST_PIXELS = 8192 ** 2;
/** A broadcast of thirty programmes has fewer. */
const MOST_STREAMS = 512;
/** Bytes of one piece of memory: of a picture of eight bytes a pixel, or an index of 22 million frames. */
const LARGEST_BLOCK = 512 * 1024 ** 2;

const SAFE = [
  ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', DEMUXERS, '-max_pixels', String(MOST_PIXELS)],
  ...['-max_streams', String(MOST_STREAMS), '-max_alloc', String(LARGEST_BLOCK)],
];

/** The options with which ffprobe opens an upload: its own container, nothing that it refers to, and decoders that we take. */
export function probeOptions(container: Container): string[] {
  // ffprobe opens the decoder of every stream and ends where it may not: so subtitles, which it only opens, are let be.
  const decoders = ['-codec_whitelist:v', VIDEO_DECODERS.join(','), '-codec_whitelist:a', AUDIO_DECODERS.join(',')];
  return [...SAFE, ...decoders, ...containerOptions(container)];
}

/** The same for ffmpeg, which decodes what it is told to, and nothing else. */
export function decodeOptions(container: Container): string[] {
  const decoders = ['-codec_whitelist', [...VIDEO_DECODERS, ...AUDIO_DECODERS].join(',')];
  return [...SAFE, ...decoders, ...containerOptions(container)];
}

function containerOptions({ demuxer }: Container): string[] {
  // A MOV may say that its pictures are in another file. These are ffmpeg's own defaults, which this is to outlive.
  const alone = demuxer === 'mov' ? ['-enable_drefs', '0', '-use_absolute_path', '0'] : [];
  return [...alone, '-f', demuxer];
}
