/** A tone at a third of full scale. */
export function tone(hertz: number, seconds: number, sampleRate: number): Float32Array {
  const step = (2 * Math.PI * hertz) / sampleRate;
  return Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, at) => Math.sin(at * step) / 3);
}
