/** What ffmpeg's log of a decode says about the video stream. */
export interface DecoderSummary {
  /** Damage, counted by line. */
  errors: number;
  /** The first damage, in plain words. */
  reason: string | null;
  decodedFrames: number;
  /** The latest lines that ffmpeg itself called errors, for a message of our own faults. */
  lastErrors: string[];
}

/**
 * What is damage, by the lines that ffmpeg of 2018 to today writes about it. Only these count: "error" in ffmpeg's log is
 * no measure, since decoders and muxers say it of much that plays well (open GOPs, edit lists, repeated timestamps).
 */
const DAMAGE: readonly { line: RegExp; reason: string }[] = [
  { line: /Error while decoding stream #0:VIDEO: (?!Resource temporarily)/, reason: 'a frame cannot be decoded' },
  {
    line: /\[vist#0:VIDEO\/.*Error submitting (a )?packet to decoder: (?!Resource)/,
    reason: 'a frame cannot be decoded',
  },
  { line: /concealing \d+ DC, \d+ AC, \d+ MV errors/, reason: 'a part of a frame is damaged' },
  { line: /corrupt decoded frame( in stream VIDEO)?$/, reason: 'a decoded frame is damaged' },
  { line: /corrupt input packet in stream VIDEO$/, reason: 'a frame is stored incompletely' },
  { line: /^\[mov,.* partial file$/, reason: 'the file ends before its last frame' },
  { line: /^Truncating packet of size /, reason: 'the file ends in the middle of a frame' },
  { line: /^\[matroska,.*(File ended prematurely|\bRead error\b)/, reason: 'the file ends before its last frame' },
  {
    line: /^\[matroska,.*(EBML number|exceeds containing master element)/,
    reason: 'the container is damaged between its frames',
  },
];
const STATISTICS = /Input stream #0:VIDEO \(video\): .*; (\d+) frames decoded/;
const FIRST_FRAME = /^\[graph -?\d+ input from stream .*\] w:\d/;
const LINE = /^(.*?)\[(panic|fatal|error|warning|info|verbose)\] (.*)$/;
const KEPT_LINES = 10;

/**
 * Reads the log of one decode of video stream `stream`, line by line in bounded memory. With `cutAnywhere` damage before
 * the first decoded frame does not count: a recording that starts between two key frames has to start so.
 */
export function createDecoderLog(stream: number, cutAnywhere: boolean) {
  const forStream = (pattern: RegExp) => new RegExp(pattern.source.replaceAll('VIDEO', String(stream)));
  const damages = DAMAGE.map(({ line, reason }) => ({ line: forStream(line), reason }));
  const statistics = forStream(STATISTICS);
  let started = !cutAnywhere;
  const summary: DecoderSummary = { errors: 0, reason: null, decodedFrames: 0, lastErrors: [] };
  return {
    summary,
    read(line: string): void {
      const [, context = '', level = '', text = ''] = LINE.exec(line) ?? [];
      const said = context + text;
      if (!started && FIRST_FRAME.test(said)) started = true;
      const counted = statistics.exec(said)?.[1];
      if (counted !== undefined) summary.decodedFrames = Number(counted);
      if (level === 'error' || level === 'fatal') {
        summary.lastErrors = [...summary.lastErrors, said].slice(-KEPT_LINES);
      }
      const damage = damages.find((candidate) => candidate.line.test(said));
      if (damage === undefined || !started) return;
      summary.errors++;
      summary.reason ??= damage.reason;
    },
  };
}
