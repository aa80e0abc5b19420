/** PGlite alone, for programs that have it among their dependencies. */
export { DirectoryInUse } from './pglite/directory-lock.ts';
export { openPglite, type PgliteDatabase, type PgliteOptions } from './pglite/open-pglite.ts';
export { hasPgliteDatabase, PgliteDirectoryError } from './pglite/pglite-directory.ts';
