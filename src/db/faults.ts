/** SQLSTATE of Postgres: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';

/** A server that stops, has crashed, starts or is full, the class of lost connections, and what else says so. */
const OUTAGE =
  /^(57P0[123]|08...|53300|CONNECT_TIMEOUT|CONNECTION_CLOSED|CONNECTION_DESTROYED|ECONNREFUSED|ENOTFOUND|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

/** Whether a statement failed because a row with these unique values exists; both drivers report it in the same way. */
export function isUniqueViolation(error: unknown): boolean {
  return causesOf(error).some((cause) => 'code' in cause && cause.code === UNIQUE_VIOLATION);
}

/** Whether a statement failed because the server is away, or has cut the connection: it may be there again soon. */
export function isOutage(error: unknown): boolean {
  return causesOf(error).some((cause) => 'code' in cause && OUTAGE.test(String(cause.code)));
}

/** Whether Postgres ends the connection with what it says, as at a time-out of its own. */
export function isFatal(error: unknown): boolean {
  return causesOf(error).some((cause) => 'severity' in cause && /^(FATAL|PANIC)$/.test(String(cause.severity)));
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return causes;
}
