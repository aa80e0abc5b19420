/**
 * SQLSTATEs that say "not now" rather than "not this": class 08 (connection), 57P0x (the server shuts down,
 * crashed or starts), 53300 (too many connections), 25P03 (ended as an idle transaction), 40001 and 40P01 (ask again),
 * 57014 and 55P03 (a statement or a lock took longer than the server allows), 25006 (a standby, until it takes over).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATE = /^(08...|57P0[1-5]|53300|25P03|25P04|40001|40P01|57014|55P03|25006)$/;
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
/**
 * What `pg` says without a code when its socket closes under a query; and a standby that gives no lock, whose
 * SQLSTATE 55000 says many other things, too.
 */
const MESSAGE =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable|while recovery is in progress/i;

/** Whether trying again later may succeed: the server, not the question, was the trouble. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    SQLSTATE.test(code) || SYSTEM_CODES.includes(code) || isSocketGone(error) || MESSAGE.test(error.message)
  );
}

/** A Unix socket is removed while its server restarts. Of any other file ENOENT says nothing about a server. */
function isSocketGone(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
}
