/** PGlite alone, for programs that have it among their dependencies. */
export { DirectoryInUse } from './directory-lock/directory-lock.ts';
export {
  openPgliteDatabase,
  type PgliteDatabase,
  type PgliteDatabaseOptions,
} from './pglite/open-pglite-database.ts';
export { hasPgliteDatabase, PgliteDirectoryError } from './pglite/pglite-directory.ts';
