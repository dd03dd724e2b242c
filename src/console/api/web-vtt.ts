import type { TranscriptQuery } from '../generated/graphql.ts';

type Line = NonNullable<TranscriptQuery['video']>['transcript'][number];

/** Spoken words as a browser shows them: https://www.w3.org/TR/webvtt1/ */
export function toWebVtt(lines: readonly Line[]): string {
  const cues = lines.map(({ startOffset, endOffset, text }) => {
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    // An empty line would end the cue.
    return `${stamp(startOffset)} --> ${stamp(endOffset)}\n${escaped.replaceAll(/\n{2,}/g, '\n')}`;
  });
  return ['WEBVTT', ...cues].join('\n\n');
}

function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 23);
}
