import { convertClip, editClip, makeClip, writeClip } from '../helpers/clips.ts';

const X264 = ['-c:v', 'libx264', '-preset', 'veryfast'];

async function converted(name: string, options: string[], source = makeClip()): Promise<string> {
  return convertClip(name, ['-i', await source], options);
}

/** Ordinary files that ffmpeg says something about, or that are unusual in a way that is no fault. */
export const harmlessClips = {
  plain: () => makeClip(),
  'mkv of a mp4': () => converted('copy.mkv', ['-c', 'copy']),
  'mpeg-ts of a mp4': () => converted('copy.ts', ['-c', 'copy']),
  mov: () => makeClip({ format: 'mov' }),
  webm: () => makeClip({ format: 'webm' }),
  'avi in mpeg-4 part 2': () => makeClip({ format: 'avi' }),
  'flv of a mp4': () => converted('copy.flv', ['-c', 'copy']),
  'mpeg-ps in mpeg-2': () => converted('ps.mpg', ['-c:v', 'mpeg2video', '-q:v', '5', '-c:a', 'mp2', '-f', 'mpeg']),
  ogg: () => converted('theora.ogv', ['-c:v', 'libtheora', '-q:v', '6', '-c:a', 'libvorbis', '-ac', '2']),
  wmv: () => converted('video.wmv', ['-c:v', 'wmv2', '-q:v', '5', '-c:a', 'wmav2']),
  hevc: () => converted('hevc.mp4', ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error']),
  'sound in six channels': () => makeClip({ audio: '5.1' }),
  'no sound': () => makeClip({ audio: false }),
  // Every third frame of the first half is left out, and their own times are kept.
  'variable frame rate': () =>
    converted('vfr.mp4', ['-vf', "select='gt(t,8)+not(eq(mod(n,3),0))'", '-vsync', 'vfr', ...X264]),
  // A copy that starts between two key frames: the frames before are there, hidden by an edit list.
  'edit list': async () => convertClip('edit-list.mp4', ['-ss', '3.3', '-i', await makeClip()], ['-c', 'copy']),
  'negative timestamps': async () =>
    convertClip(
      'negative.mkv',
      ['-ss', '3.3', '-i', await makeClip()],
      ['-c', 'copy', '-avoid_negative_ts', 'disabled'],
    ),
  // H.264 with B-frames in an AVI has no presentation times.
  'missing presentation times': () => converted('no-pts.avi', ['-c:v', 'copy', '-c:a', 'libmp3lame']),
  'open groups of pictures': () => converted('open-gop.mp4', [...X264, '-x264-params', 'open-gop=1:bframes=3']),
  // The cut is at a packet's border, in the middle of a group of pictures, as a recording of a broadcast starts.
  'mpeg-ts that starts in the middle': async () =>
    editClip('tail.ts', await harmlessClips['open groups of pictures in mpeg-ts'](), (bytes) =>
      bytes.subarray(188 * Math.floor(bytes.length / 188 / 5)),
    ),
  'open groups of pictures in mpeg-ts': () =>
    converted('open-gop.ts', [...X264, '-x264-params', 'open-gop=1:bframes=3:keyint=48']),
  'sound longer than the pictures': async () =>
    convertClip(
      'long-sound.mp4',
      ['-i', await makeClip(), '-f', 'lavfi', '-t', '24', '-i', 'sine'],
      ['-map', '0:v', '-map', '1:a', '-c:v', 'copy'],
    ),
  'sound longer than the pictures in mkv': () =>
    converted('long-sound.mkv', ['-c', 'copy'], harmlessClips['sound longer than the pictures']()),
  'sound that starts late': async () =>
    convertClip(
      'late-sound.mp4',
      ['-i', await makeClip(), '-itsoffset', '3', '-i', await makeClip()],
      ['-map', '0:v', '-map', '1:a', '-c', 'copy'],
    ),
  // One picture that stays for ten seconds, without sound.
  'last frame that lasts': () =>
    converted('long-frame.mkv', ['-an', '-vf', "select='lt(t,10)+gt(t,15.9)'", '-vsync', 'vfr', ...X264]),
  rotated: () => converted('rotated.mp4', ['-c', 'copy', '-metadata:s:v:0', 'rotate=90']),
  'cover picture': async () =>
    convertClip(
      'cover.mp4',
      ['-i', await makeClip(), '-f', 'lavfi', '-t', '0.04', '-i', 'rgbtestsrc=size=400x400'],
      [
        '-map',
        '1:v',
        '-map',
        '0',
        '-c',
        'copy',
        '-c:v:0',
        'mjpeg',
        '-pix_fmt:v:0',
        'yuvj420p',
        '-disposition:v:0',
        'attached_pic',
      ],
    ),
  subtitles: async () =>
    convertClip(
      'subtitles.mkv',
      ['-i', await makeClip(), '-i', await writeClip('words.srt', '1\n00:00:01,000 --> 00:00:40,000\nA word\n')],
      ['-map', '0', '-map', '1', '-c', 'copy', '-c:s', 'srt'],
    ),
  // As a browser's MediaRecorder writes it: no duration, no index, groups of unknown length.
  'webm without duration': () => converted('live.webm', ['-c', 'copy', '-live', '1'], makeClip({ format: 'webm' })),
  'fragmented mp4': () => converted('fragments.mp4', ['-c', 'copy', '-movflags', 'frag_keyframe+empty_moov']),
  'ten bits a colour': () =>
    converted('ten.mkv', ['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le']),
  // Broadcasts do this between programmes.
  'size that changes in the middle': async () => {
    const parts = await Promise.all([
      converted('wide.ts', ['-c', 'copy']),
      converted('narrow.ts', ['-c', 'copy', '-output_ts_offset', '16'], makeClip({ width: 480, height: 360 })),
    ]);
    return convertClip('resized.ts', ['-f', 'mpegts', '-i', `concat:${parts.join('|')}`], ['-c', 'copy']);
  },
  interlaced: () =>
    converted('interlaced.ts', ['-c:v', 'mpeg2video', '-q:v', '5', '-flags', '+ilme+ildct', '-c:a', 'mp2']),
  'pixels that are not square': () => converted('shape.mp4', ['-vf', 'scale=720:576,setsar=16/15', ...X264]),
};
