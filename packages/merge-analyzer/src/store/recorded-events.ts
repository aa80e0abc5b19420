/** The analyzer's own events in the outbox, taken apart where they have the form of one. */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { NAME_LIMIT_BYTES } from '../log/merge-event.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { LOOKS_LIKE_OURS } from './torn-events.ts';

/** Events that are left out, by their ids. */
export interface LeftOutEvents {
  /** They cannot be read, and are shown as such. */
  readonly torn: readonly string[];
  /** They have the form of ours and cannot be. */
  readonly forged: readonly string[];
}

/**
 * Rows of a kind as `event(id, text, p, m, created_at)`: `p` is null where the payload is not JSON that jsonb takes, and `m`
 * is its merge. OFFSET 0 keeps the server from taking `m` out of `p` again for each of its fields.
 */
export function ownEvents(
  { orchestratorSchema }: AnalyzerDatabase,
  { outbox }: OrchestratorTables,
  kind: string,
  { torn, forged }: LeftOutEvents,
): RawBuilder<unknown> {
  const ids = sql`${sql.raw(outbox.id.type)}[]`;
  const isWhole = sql`${LOOKS_LIKE_OURS} and id <> all(${torn}::${ids})`;
  // A text column may hold anything, and a cast of what is no JSON would end the recovery.
  const payload =
    outbox.payload.type === 'jsonb' ? sql`payload` : sql`case when ${isWhole} then payload::jsonb end`;
  const isOurs = forged.length === 0 ? sql`` : sql`and id <> all(${forged}::${ids})`;
  return sql`(select id, payload::text as text, p, p -> 'merge' as m, created_at from (
    select id, payload, ${payload} as p, created_at from ${sql.table(`${orchestratorSchema}.events_outbox`)}
    where kind = ${kind} ${isOurs} offset 0
  ) own offset 0)`;
}

/** A text that is a key, or part of one. */
function isName(value: RawBuilder<unknown>, name: string): RawBuilder<boolean> {
  const field = sql.lit(name);
  return sql<boolean>`(jsonb_typeof(${value} -> ${field}) = 'string'
    and octet_length(${value} ->> ${field}) between 1 and ${sql.lit(NAME_LIMIT_BYTES + 'project:'.length)})`;
}

/** Whether `p` records a crossing. Never null. */
export const IS_CROSSING: RawBuilder<boolean> = sql<boolean>`coalesce(${sql.join(
  ['metric', 'scope', 'direction', 'merge_event_id', 'configuration_version'].map((name) =>
    isName(sql`p`, name),
  ),
  sql` and `,
)} and p ->> 'direction' in ('up', 'down'), false)`;

/** Whether `p` with its `m` records a merge. Never null. The sizes are those of the columns. */
export const IS_SNAPSHOT: RawBuilder<boolean> = sql<boolean>`coalesce(
  ${isName(sql`p`, 'configuration_version')} and ${sql.join(
    ['work_item_id', 'event_id', 'project', 'merged_at'].map((name) => isName(sql`m`, name)),
    sql` and `,
  )} and jsonb_typeof(m -> 'rebase_conflict') = 'boolean'
  and m ->> 'ordinal' ~ '^[1-9][0-9]{0,14}$'
  and case when m ->> 'attempts' ~ '^[1-9][0-9]{0,9}$' then (m ->> 'attempts')::bigint < 2147483648 else false end, false)`;
