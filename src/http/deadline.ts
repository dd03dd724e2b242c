/** Milliseconds in which whoever asks for the state of the server has an answer, though the database has none. */
const LONGEST_ANSWER = 2_000;

/** The result of `asked`; rejects where that takes too long, and leaves it to itself. */
export async function inTime<T>(asked: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new Error(`no answer came within ${LONGEST_ANSWER / 1000} s`));
  const timer = setTimeout(late, LONGEST_ANSWER);
  return Promise.race([asked, promise]).finally(() => clearTimeout(timer));
}
