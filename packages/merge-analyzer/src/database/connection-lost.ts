/**
 * SQLSTATEs that say "not now" rather than "not this": class 08 (connection), 57P0x (the server shuts down,
 * crashed or starts), 53300 (too many connections), 25P03 (ended as an idle transaction), 40001 and 40P01 (ask again).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATE = /^(08...|57P0[1-5]|53300|25P03|25P04|40001|40P01)$/;
const SYSTEM_CODES: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];
/** What `pg` says without a code when its socket closes under a query. */
const MESSAGE =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable/i;

/** Whether trying again later may succeed: the server, not the question, was the trouble. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SQLSTATE.test(code) || SYSTEM_CODES.includes(code) || MESSAGE.test(error.message);
}
