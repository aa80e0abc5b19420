/** Kysely over an open database, for programs that have it among their dependencies. */
export { kyselyOn } from './kysely/kysely-on.ts';
export { writeTransaction } from './kysely/write-transaction.ts';
