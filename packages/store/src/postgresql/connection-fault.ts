/**
 * What went wrong with a connection, as three things that people mend in three ways: nobody is there, somebody is
 * there and says no, somebody is there and takes too long.
 */
export type ConnectionFault = 'absence' | 'refusal' | 'timeout';

/**
 * SQLSTATEs that say "not now" rather than "not this".
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATES: readonly (readonly [RegExp, ConnectionFault])[] = [
  // What a pooler says no with, all of it: a parameter, too many clients, a server that it cannot reach.
  [/^08(004|P01)$/, 'refusal'],
  [/^08...$/, 'absence'],
  // Shut down by an administrator, crashed, the database was dropped.
  [/^57P0[124]$/, 'absence'],
  // The server starts; its disk is full, its memory, its connections; ask again; a standby, until it takes over.
  [/^(57P03|53...|40001|40P01|25006)$/, 'refusal'],
  // A statement, a lock, an idle transaction or a session took longer than the server allows.
  [/^(57014|55P03|25P03|25P04|57P05)$/, 'timeout'],
];

const SYSTEM_CODES: ReadonlyMap<string, ConnectionFault> = new Map([
  ['ECONNREFUSED', 'absence'],
  ['ECONNRESET', 'absence'],
  ['ECONNABORTED', 'absence'],
  ['EPIPE', 'absence'],
  ['EHOSTUNREACH', 'absence'],
  ['ENETUNREACH', 'absence'],
  ['ENOTFOUND', 'absence'],
  ['EAI_AGAIN', 'absence'],
  ['ETIMEDOUT', 'timeout'],
]);

/**
 * What `pg` says without a code; and a standby that gives no lock, whose SQLSTATE 55000 says many other things, too.
 */
const MESSAGES: readonly (readonly [RegExp, ConnectionFault])[] = [
  [/connection timeout|timeout exceeded when trying to connect|^timeout expired$/i, 'timeout'],
  [/Connection terminated|not queryable/i, 'absence'],
  [/while recovery is in progress/i, 'refusal'],
];

/** What was the trouble, when it was the server or the way to it; undefined when it was the question. */
export function connectionFault(error: unknown): ConnectionFault | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return error.errors.map(connectionFault).find((fault) => fault);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    SQLSTATES.find(([pattern]) => pattern.test(code))?.[1] ??
    SYSTEM_CODES.get(code) ??
    (isSocketGone(error) ? 'absence' : MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1])
  );
}

/** Whether trying again later may succeed: the server, not the question, was the trouble. */
export function isConnectionLost(error: unknown): boolean {
  return connectionFault(error) !== undefined;
}

/** Whether the server ended a statement because it took longer than the role may take. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

/**
 * Whether the server does not know the user, the password or the database. Asked for the first time that is a
 * mistake; after it has worked, somebody changes it right now.
 */
export function isLoginRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(28...|3D000)$/.test(String(error.code));
}

/** A Unix socket is removed while its server restarts. Of any other file ENOENT says nothing about a server. */
function isSocketGone(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
}
