import type { KyselyPlugin, QueryId } from 'kysely';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';

/** A database whose connection breaks after each commit of a step: it is done, and the client is never told. */
export function loseEveryReply(database: AnalyzerDatabase): AnalyzerDatabase {
  const commits = new Set<QueryId>();
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      if (JSON.stringify(node).includes('moved as (')) commits.add(queryId);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      if (commits.has(queryId)) throw new Error('the reply to the commit is lost');
      return result;
    },
  };
  return { ...database, kysely: database.kysely.withPlugin(plugin) };
}
