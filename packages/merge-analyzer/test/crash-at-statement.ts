import type { KyselyPlugin } from 'kysely';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';

/** A database whose client dies before its n-th statement: the transaction it was in is rolled back. */
export function crashAtStatement(
  database: AnalyzerDatabase,
  statement: number,
): { readonly database: AnalyzerDatabase; readonly hasCrashed: () => boolean } {
  let count = 0;
  const refused = refuse(database, () => {
    count += 1;
    return count >= statement;
  });
  return { database: refused, hasCrashed: () => count >= statement };
}

/** A database that refuses one statement, the n-th from `failAt(n)` on, and works before and after it. */
export function failOnce(database: AnalyzerDatabase): {
  readonly database: AnalyzerDatabase;
  readonly failAt: (statement: number) => void;
  readonly failures: () => number;
} {
  let remaining = 0;
  let failures = 0;
  const refused = refuse(database, () => {
    remaining -= 1;
    if (remaining === 0) failures += 1;
    return remaining === 0;
  });
  return {
    database: refused,
    failAt: (statement) => {
      remaining = statement;
    },
    failures: () => failures,
  };
}

function refuse(database: AnalyzerDatabase, isRefused: () => boolean): AnalyzerDatabase {
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (isRefused()) throw new Error('this statement is refused');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { ...database, kysely: database.kysely.withPlugin(plugin) };
}
