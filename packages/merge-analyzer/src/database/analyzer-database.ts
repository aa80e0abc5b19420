import type { Engine } from '@ephemetry/store';
import type { Listener, Subscription } from '@ephemetry/store/postgresql';
import type { Kysely } from 'kysely';
import type { OwnTables } from './own-tables.ts';

/** Which of the two engines answers. Both are PostgreSQL; queries are the same. */
export type AnalyzerEngine = Extract<Engine, 'postgresql' | 'pglite'>;

/** A database with an orchestrator's tables, and room for ours in a schema of their own. */
export interface AnalyzerDatabase {
  readonly engine: AnalyzerEngine;
  readonly kysely: Kysely<OwnTables>;
  /** Where `work_items` and `events_outbox` are. */
  readonly orchestratorSchema: string;
  /** Where the analyzer keeps its own tables. */
  readonly ownSchema: string;
  /**
   * Listens on a channel until the subscription is stopped or the connection is lost.
   *
   * @throws when the connection cannot be made.
   */
  listen(channel: string, listener: Listener): Promise<Subscription>;
  /** Breaks every connection at once, without the server: what runs on them rejects. The next query makes new ones. */
  cutConnections(): void;
  /** Closes every connection; again does nothing. A server that does not answer is not waited for. */
  close(): Promise<void>;
}

/** Where tables are looked for. */
export interface SchemaNames {
  /** @default 'public' */
  readonly orchestratorSchema?: string;
  /** @default 'ephemetry' */
  readonly ownSchema?: string;
}

/** The schemas of whoever names none. */
export const SCHEMA_DEFAULTS: Required<SchemaNames> = {
  orchestratorSchema: 'public',
  ownSchema: 'ephemetry',
};

/** Both names, defaults filled in. */
export function schemaNames(names: SchemaNames): Required<SchemaNames> {
  return {
    orchestratorSchema: names.orchestratorSchema ?? SCHEMA_DEFAULTS.orchestratorSchema,
    ownSchema: names.ownSchema ?? SCHEMA_DEFAULTS.ownSchema,
  };
}
