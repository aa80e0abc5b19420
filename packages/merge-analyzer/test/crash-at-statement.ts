import type { KyselyPlugin } from 'kysely';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';

/** A database whose client dies before its n-th statement: the transaction it was in is rolled back. */
export function crashAtStatement(
  database: AnalyzerDatabase,
  statement: number,
): { readonly database: AnalyzerDatabase; readonly hasCrashed: () => boolean } {
  let count = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      count += 1;
      if (count >= statement) throw new Error(`crashed before statement ${statement}`);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    database: { ...database, kysely: database.kysely.withPlugin(plugin) },
    hasCrashed: () => count >= statement,
  };
}
