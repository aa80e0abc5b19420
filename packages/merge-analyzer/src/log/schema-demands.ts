/**
 * What the analyzer demands of the orchestrator's tables beyond their columns. What does not fit is refused by name, with what
 * would help.
 */
import { sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { METRIC_EVENT_KINDS } from '../events/metric-events.ts';

/** The orchestrator's schema is not what the analyzer reads. */
export class OrchestratorSchemaError extends Error {
  override readonly name = 'OrchestratorSchemaError';
  readonly table: string;
  /** Undefined when the whole table is missing. */
  readonly column: string | undefined;

  constructor(message: string, table: string, column: string | undefined) {
    super(message);
    this.table = table;
    this.column = column;
  }
}

/** A column of the orchestrator's, as its catalogue describes it. */
export interface Column {
  /**
   * As `format_type` prints it without a length: safe to put into a query, it comes from the catalogue. Asked so it
   * says `bpchar` of any char(n): `character` would be one character.
   */
  readonly type: string;
  /** How many characters fit in; null without a limit. */
  readonly longest: number | null;
  /** Whether a row may be inserted without it. */
  readonly isFilledIn: boolean;
}

/** What stands under a name. */
export interface RelationKind {
  readonly isTable: boolean;
  readonly hasParts: boolean;
  readonly hasRowSecurity: boolean;
}

/** Of a row of a view, or of a table of another server, nobody says which transaction wrote it, or who writes now. */
export function assertTable({ orchestratorSchema }: AnalyzerDatabase, { isTable }: RelationKind): void {
  if (isTable) return;
  throw new OrchestratorSchemaError(
    `${orchestratorSchema}.events_outbox is not a table. The analyzer reads a table of this database, in partitions or not, ` +
      'and no view: only of a row of a table the server says which transaction wrote it. orchestratorSchema says in which schema.',
    'events_outbox',
    undefined,
  );
}

/** An enum refuses every word that it does not list, also in a question. */
export async function assertKinds({ kysely, orchestratorSchema }: AnalyzerDatabase): Promise<void> {
  const { rows } = await sql<{ type: string; labels: string[] }>`
    select format_type(t.oid, -1) as type, array_agg(e.enumlabel::text) as labels
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid join pg_enum e on e.enumtypid = t.oid
    where n.nspname = ${orchestratorSchema} and c.relname = 'events_outbox' and a.attname = 'kind' group by t.oid`.execute(
    kysely,
  );
  const [kind] = rows;
  if (kind === undefined) return;
  const lacking = METRIC_EVENT_KINDS.filter((name) => !kind.labels.includes(name));
  if (lacking.length === 0) return;
  const statements = lacking.map((name) => `alter type ${kind.type} add value '${name}'`).join('; ');
  throw new OrchestratorSchemaError(
    `${orchestratorSchema}.events_outbox.kind is an enum without the kinds of the analyzer's events. An administrator adds ` +
      `them with: ${statements}`,
    'events_outbox',
    'kind',
  );
}

/** The first crossing would be the first that does not fit: long after the start, and with merges waiting behind it. */
export function assertRoom(
  { orchestratorSchema }: AnalyzerDatabase,
  { kind, payload }: { readonly kind: Column; readonly payload: Column },
): void {
  const outbox = `${orchestratorSchema}.events_outbox`;
  const wayOut = (column: string, type: string): string =>
    `An administrator gives it room with: alter table ${quotedTable(orchestratorSchema)} alter column ${column} type ${type}`;
  const needed = Math.max(...METRIC_EVENT_KINDS.map((name) => name.length));
  if (kind.longest !== null && kind.longest < needed) {
    throw new OrchestratorSchemaError(
      `${outbox}.kind holds ${kind.longest} characters, and the kinds of the analyzer's events have up to ${needed}. ` +
        wayOut('kind', `varchar(${needed})`),
      'events_outbox',
      'kind',
    );
  }
  if (payload.longest !== null) {
    throw new OrchestratorSchemaError(
      `${outbox}.payload holds ${payload.longest} characters, and the analyzer's events may have any number. ` +
        wayOut('payload', 'text'),
      'events_outbox',
      'payload',
    );
  }
}

function quotedTable(schema: string): string {
  return `"${schema.replaceAll('"', '""')}".events_outbox`;
}

/** Types that hold a random UUID: where the database fills in no id, the analyzer's events have one of these. */
const RANDOM_ID_TYPES: readonly string[] = ['uuid', 'text', 'character varying'];
const UUID_CHARACTERS = 36;

/** A number that nobody hands out would have to be invented, and might be the orchestrator's next one. */
export function assertWritableId({ orchestratorSchema }: AnalyzerDatabase, column: Column): void {
  const { type, longest, isFilledIn } = column;
  const fits = longest === null || longest >= UUID_CHARACTERS;
  if (isFilledIn || (RANDOM_ID_TYPES.includes(type) && fits)) return;
  const shown = longest === null ? type : `${type}(${longest})`;
  throw new OrchestratorSchemaError(
    `${orchestratorSchema}.events_outbox.id is ${shown} without a default, and the analyzer writes events there. ` +
      `Give the column an identity or a default; only ${RANDOM_ID_TYPES.join(', ')} of ${UUID_CHARACTERS} ` +
      'characters or more may be without.',
    'events_outbox',
    'id',
  );
}

/** A column without a zone holds UTC. */
export const WITHOUT_ZONE = 'timestamp without time zone';
const TIME_TYPES: readonly string[] = ['timestamp with time zone', WITHOUT_ZONE];

/** Of any other type two readers would make two times of one row. */
export function assertPointInTime({ orchestratorSchema }: AnalyzerDatabase, { type }: Column): void {
  if (TIME_TYPES.includes(type)) return;
  throw new OrchestratorSchemaError(
    `${orchestratorSchema}.events_outbox.created_at is ${type}. Allowed: ${TIME_TYPES.join(', or ')}, which is read as UTC.`,
    'events_outbox',
    'created_at',
  );
}
