/** What a role may do here, as the statements that grant what it may not. */
import { sql } from 'kysely';
import type { AnalyzerDatabase } from './analyzer-database.ts';

/** What a role lacks for each of two purposes; empty when it has all. */
export interface MissingRights {
  /** For looking at merges. */
  readonly toRead: readonly string[];
  /** For looking at what an analyzer stored. */
  readonly toReadStored: readonly string[];
  /** For analyzing, beyond reading. */
  readonly toAnalyze: readonly string[];
}

/** A role may not do what was asked of it. */
export class MissingRightsError extends Error {
  override readonly name = 'MissingRightsError';
  /** The statements that grant what is missing, for an administrator to run. */
  readonly grants: readonly string[];

  constructor(purpose: string, grants: readonly string[]) {
    super(`the role may not ${purpose}. An administrator grants it with: ${grants.join('; ')}`);
    this.grants = grants;
  }
}

/**
 * Asks before anything is tried: an error of the server names a table, not the right.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-ACCESS
 */
export async function missingRights(database: AnalyzerDatabase): Promise<MissingRights> {
  const { kysely, orchestratorSchema, ownSchema } = database;
  const { rows } = await sql<{ purpose: keyof MissingRights; grant: string }>`
    with tables as (
      select c.oid, c.relname, n.oid as schema_oid, n.nspname from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${orchestratorSchema} and c.relname in ('events_outbox', 'work_items')
    ), own_schema as (
      select oid, nspname from pg_namespace where nspname = ${ownSchema}
    ), own_tables as (
      select c.oid, c.relname, n.nspname from pg_class c join own_schema n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relname in (
        'log_position', 'merge', 'quarantine', 'analysis', 'trigger_state', 'crossing', 'migration')
    ), rights as (
      select distinct 'toRead' as purpose, has_schema_privilege(schema_oid, 'usage') as has,
        format('usage on schema %I', nspname) as missing from tables
      union all
      select 'toRead', has_table_privilege(oid, 'select'), format('select on %I.%I', nspname, relname) from tables
      union all
      select 'toReadStored', has_schema_privilege(oid, 'usage'), format('usage on schema %I', nspname)
      from own_schema
      union all
      select 'toReadStored', bool_and(has_table_privilege(oid, 'select')),
        format('select on all tables in schema %I', nspname) from own_tables group by nspname
      union all
      select 'toAnalyze', has_table_privilege(oid, 'insert'), format('insert on %I.%I', nspname, relname)
      from tables where relname = 'events_outbox'
      union all
      -- The sequence of a serial; that of an identity needs no right. An index depends on the table in the same way, and
      -- the server may ask for the right before it looks at what it is.
      select 'toAnalyze', case when s.relkind = 'S' then has_sequence_privilege(s.oid, 'usage') else true end,
        format('usage on sequence %I.%I', t.nspname, s.relname)
      from tables t join pg_depend d on d.refobjid = t.oid and d.deptype = 'a' and d.refobjsubid > 0
      join pg_class s on s.oid = d.objid and s.relkind = 'S' where t.relname = 'events_outbox'
      union all
      select 'toAnalyze', bool_and(has_table_privilege(oid, 'insert') and has_table_privilege(oid, 'update')
          and has_table_privilege(oid, 'delete') and has_table_privilege(oid, 'truncate')),
        format('all on all tables in schema %I', nspname) from own_tables group by nspname
      union all
      select 'toAnalyze', has_schema_privilege(oid, 'create'), format('usage, create on schema %I', nspname)
      from own_schema where not exists (select from own_tables)
      union all
      select 'toAnalyze', has_database_privilege(current_database(), 'create'),
        format('create on database %I', current_database())
      where not exists (select from own_schema)
    )
    select purpose, format('grant %s to %I', missing, current_user) as grant from rights where not has`.execute(
    kysely,
  );
  const of = (purpose: keyof MissingRights): readonly string[] =>
    rows.filter((row) => row.purpose === purpose).map((row) => row.grant);
  return { toRead: of('toRead'), toReadStored: of('toReadStored'), toAnalyze: of('toAnalyze') };
}

/** Refuses what the role may not do. Right after the tables were found: of a table that is missing nothing is said. */
export async function assertMayAnalyze(database: AnalyzerDatabase): Promise<void> {
  const { toRead, toReadStored, toAnalyze } = await missingRights(database);
  const grants = [...toRead, ...toReadStored, ...toAnalyze];
  if (grants.length > 0) throw new MissingRightsError('analyze merges', grants);
}

/** Whether the server says that the role may not do it. */
export function isPermissionDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

/** A server or session that takes no writes: a standby, or one that was set to read only. */
export async function isReadOnly({ kysely }: AnalyzerDatabase): Promise<'standby' | 'read-only' | undefined> {
  const { rows } = await sql<{ is_standby: boolean; is_read_only: boolean }>`
    select pg_is_in_recovery() as is_standby, current_setting('transaction_read_only') = 'on' as is_read_only`.execute(
    kysely,
  );
  if (rows[0]?.is_standby === true) return 'standby';
  return rows[0]?.is_read_only === true ? 'read-only' : undefined;
}
