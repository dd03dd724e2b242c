import { existsSync } from 'node:fs';
import { convertClip } from './clips.ts';

const FONTS = {
  latin: ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', 'fonts-dejavu-core'],
  serif: ['/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf', 'fonts-dejavu-core'],
  chinese: ['/usr/share/fonts/truetype/wqy/wqy-microhei.ttc', 'fonts-wqy-microhei'],
} as const;

export interface Caption {
  text: string;
  /** Pixels of a picture of 1280 x 720. */
  size?: number;
  x?: number;
  y?: number;
  color?: string;
  font?: keyof typeof FONTS;
  /** What keeps it apart from the picture: nothing, an outline, or a box. */
  on?: 'picture' | 'outline' | 'box';
  /** Seconds. */
  from?: number;
  to?: number;
}

/** The `drawtext` filters that burn captions in. Throws when Debian's package of a font is not installed. */
export function drawCaptions(captions: readonly Caption[]): string {
  return captions.map(drawCaption).join(',');
}

function drawCaption(caption: Caption): string {
  const { text, size = 48, x = 80, y = 560, color = 'white', on = 'picture', from, to } = caption;
  const [font, debianPackage] = FONTS[caption.font ?? 'latin'];
  if (!existsSync(font)) throw new Error(`${font} is missing. Install it: apt-get install ${debianPackage}`);
  const style = { picture: [], outline: ['borderw=3'], box: ['box=1', 'boxcolor=black', 'boxborderw=8'] }[on];
  const shown = from === undefined || to === undefined ? [] : [`enable='gte(t,${from})*lt(t,${to})'`];
  const words = [`fontfile=${font}`, `text='${text.replaceAll(':', '\\:')}'`, 'expansion=none', `fontcolor=${color}`];
  return `drawtext=${[...words, `fontsize=${size}`, `x=${x}`, `y=${y}`, ...style, ...shown].join(':')}`;
}

/** What captions are burned into: a colour, one of ffmpeg's moving pictures, or the path of a photograph. */
export interface CaptionedClip {
  background: string;
  captions: readonly Caption[];
  seconds?: number;
  /** Filters after the captions. */
  turned?: string;
}

/** A clip of 1280 x 720 in H.264 at 25 frames a second with captions; unless told two seconds. */
export function makeCaptionedClip({ background, captions, seconds = 2, turned }: CaptionedClip): Promise<string> {
  const input = background.startsWith('/')
    ? ['-loop', '1', '-i', background]
    : ['-f', 'lavfi', '-i', `${background.includes('=') ? `${background}:` : `${background}=`}size=1280x720:rate=25`];
  const fit = 'scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,setsar=1,format=yuv420p';
  const filters = [fit, ...(captions.length > 0 ? [drawCaptions(captions)] : []), ...(turned ? [turned] : [])];
  return convertClip(
    'captions.mp4',
    [...input, '-t', String(seconds), '-r', '25'],
    ['-vf', filters.join(','), '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23'],
  );
}
