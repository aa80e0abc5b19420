import { kyselyOn } from '@ephemetry/store/kysely';
import { openPostgresqlDatabase, type PostgresqlDatabaseOptions } from '@ephemetry/store/postgresql';
import { type AnalyzerDatabase, type SchemaNames, schemaNames } from './analyzer-database.ts';
import type { OwnTables } from './own-tables.ts';

/** How to reach a PostgreSQL server. */
export type PostgresqlOptions = SchemaNames &
  Pick<PostgresqlDatabaseOptions, 'url' | 'connectTimeoutMs' | 'silenceLimitMs'>;

/**
 * Opens a PostgreSQL server, 14 or newer, or a PgBouncer in front of one. Connects with the first query; a lost
 * connection is replaced with the next one.
 *
 * @example
 * ```ts
 * const database = openPostgresql({ url: 'postgres://localhost/orchestrator' });
 * await database.close();
 * ```
 */
export function openPostgresql(options: PostgresqlOptions): AnalyzerDatabase {
  const { orchestratorSchema, ownSchema } = schemaNames(options);
  // The orchestrator's ids may be any integers: as text none is rounded.
  const server = openPostgresqlDatabase({
    ...options,
    applicationName: 'ephemetry-merge-analyzer',
    largeNumbers: 'text',
  });
  const kysely = kyselyOn<OwnTables>(server);
  return {
    engine: 'postgresql',
    kysely,
    orchestratorSchema,
    ownSchema,
    listen: server.listen,
    cutConnections: server.cutConnections,
    close: async () => {
      await kysely.destroy();
      await server.close();
    },
  };
}
