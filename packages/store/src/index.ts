export type { Columns, ColumnType, ColumnValues } from './column-values.ts';
export type { Connection, Database, Engine, QueryResult, Session, Statements } from './database.ts';
export { describeFault } from './describe-fault.ts';
export {
  type MigratedPlace,
  type MigrateOptions,
  migrateWithin,
  newestMigration,
} from './migrations/migrate.ts';
export type { Migration } from './migrations/migration.ts';
export { type Opened, type OpenOptions, openDatabase } from './open-database.ts';
export { type Place, type PlaceOptions, parsePlace } from './place.ts';
export { type Refusal, Refused } from './refusal.ts';
export { SESSION_SETTINGS } from './session-settings.ts';
export { storableText } from './storable-text.ts';
export { inTransaction } from './transaction.ts';
export { waitForWriters } from './write-lock.ts';
