/** A part of a file: both ends are in it. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The part of `size` bytes that a `Range` header asks for (RFC 9110, section 14). Undefined where the whole is to be
 * given: without the header, for several parts at once, and for what is none of its forms.
 */
export function readRange(header: string | null, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start > end ? 'unsatisfiable' : { start, end };
}
