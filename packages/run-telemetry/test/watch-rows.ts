import type { Connection, Database } from '@ephemetry/store';

/** A database whose answers are counted, and how many rows the longest one had to a query of some words. */
export function watchRows(
  database: Database,
  words: RegExp,
): { readonly database: Database; readonly mostRows: () => number } {
  let most = 0;
  const acquire = async (): Promise<Connection> => {
    const connection = await database.acquire();
    const query: Connection['query'] = async <Row>(text: string, parameters?: readonly unknown[]) => {
      const result = await connection.query<Row>(text, parameters);
      if (words.test(text)) most = Math.max(most, result.rows.length);
      return result;
    };
    return { ...connection, query };
  };
  return { database: { ...database, acquire }, mostRows: () => most };
}
