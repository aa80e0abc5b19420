/** Node's own SQLite, where this Node has one, and without its warning. */

/** The module `node:sqlite`. */
export type SqliteModule = typeof import('node:sqlite');

/**
 * Loads `node:sqlite` where it has all that queries need: Node 22.16 or newer.
 *
 * @returns undefined where it has not.
 */
export function loadSqlite(
  builtin: typeof process.getBuiltinModule = process.getBuiltinModule,
): SqliteModule | undefined {
  const sqlite = findSqlite(builtin);
  return sqlite !== undefined && 'columns' in sqlite.StatementSync.prototype ? sqlite : undefined;
}

/**
 * Loads `node:sqlite`, which Node has without a flag from 22.13 on. Where it is an experiment Node prints a warning when
 * it loads, which tells users of a program nothing that they can act on. Loading is synchronous, and that one warning is
 * the only one that is dropped meanwhile.
 *
 * @returns undefined where there is none.
 */
export function findSqlite(
  builtin: typeof process.getBuiltinModule = process.getBuiltinModule,
): SqliteModule | undefined {
  const { emitWarning } = process;
  process.emitWarning = dropSqliteWarning(emitWarning);
  try {
    return builtin('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function dropSqliteWarning(emitWarning: typeof process.emitWarning): typeof process.emitWarning {
  return (...args: readonly unknown[]): void => {
    const [warning, type] = args;
    const isExperiment = type === 'ExperimentalWarning' && /\bSQLite\b/.test(String(warning));
    if (!isExperiment) Reflect.apply(emitWarning, process, args);
  };
}
