/** Kysely over an open database, for programs that have it among their dependencies. */
export { kyselyOn } from './kysely/kysely-on.ts';
export { sessionWithin } from './kysely/session-within.ts';
export { type Writing, writeSession } from './kysely/write-session.ts';
export { writeTransaction } from './kysely/write-transaction.ts';
