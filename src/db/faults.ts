/** SQLSTATE of Postgres: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';

/** A server that stops, has crashed or starts, the classes of lost connections, and what the socket says of one. */
const OUTAGE = /^(57P0[123]|08...|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;
/** What pg says of a connection that ended, which has no code. */
const ENDED = /^(Connection terminated|Client has encountered a connection error|Client was closed)/;

/** Whether a statement failed because a row with these unique values exists; both drivers report it in the same way. */
export function isUniqueViolation(error: unknown): boolean {
  return causesOf(error).some((cause) => 'code' in cause && cause.code === UNIQUE_VIOLATION);
}

/** Whether a statement failed because the server is away, or has cut the connection: it may be there again soon. */
export function isOutage(error: unknown): boolean {
  return causesOf(error).some(
    (cause) => ('code' in cause && OUTAGE.test(String(cause.code))) || ENDED.test(cause.message),
  );
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return causes;
}
