/** In which of two orders an outbox is read: that of its ids where they say what is new, else that of its transactions. */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';

/**
 * `id`: a writer draws its id from a sequence while it holds the outbox, so ids say what is new. `transaction`: they do
 * not, for the reason that is given (null of ids that are no integers); the transaction that wrote a row does.
 */
export type LogOrder =
  | { readonly kind: 'id'; readonly sequence: IdSequence }
  | {
      readonly kind: 'transaction';
      readonly because: Because | null;
      /** Where ids come from one all the same: undefined where it is not known. */
      readonly sequence: IdSequence | undefined;
      /** Whether an index finds new rows by their time: then not every look goes through the whole outbox. */
      readonly hasTimeIndex: boolean;
    };

/** The sequence that ids come from. */
export interface IdSequence {
  readonly oid: string;
  /** Quoted, as it stands in a query. */
  readonly name: string;
  /** Whether the role may see how far it has counted. */
  readonly isReadable: boolean;
  /** Whether a row may be inserted with an id of its own without saying so: all but `generated always`. */
  readonly isOptional: boolean;
}

/** Why ids do not say what is new, and what would change that. */
interface Because {
  readonly what: string;
  readonly help: string;
}

const TO_CACHE_1 =
  'With a sequence of CACHE 1 that counts up a look is short: alter table events_outbox alter column id set cache 1 ' +
  '(of a serial: alter sequence … cache 1).';

function sequenceOf({
  oid,
  name,
  is_readable: isReadable,
  is_optional: isOptional,
}: SequenceRow): IdSequence {
  return { oid, name, isReadable, isOptional };
}

/** Ids are in order where each comes from one sequence, one at a time, in the statement that writes it. */
export async function integerOrder(database: AnalyzerDatabase): Promise<LogOrder> {
  const { rows } = await sql<SequenceRow>`
    select s.seqcache::text as cache, s.seqincrement::text as increment, s.seqcycle as cycles,
      a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) ~ '^nextval[(]''[^'']+''::regclass[)]$' as is_plain,
      s.seqrelid::text as oid, s.seqrelid::regclass::text as name, a.attidentity <> 'a' as is_optional,
      has_sequence_privilege(s.seqrelid, 'usage, select') as is_readable,
      has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as can_look
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    join pg_sequence s on s.seqrelid in (
      select objid from pg_depend where classid = 'pg_class'::regclass and deptype = 'i'
        and refclassid = 'pg_class'::regclass and refobjid = a.attrelid and refobjsubid = a.attnum
      union all
      select refobjid from pg_depend where classid = 'pg_attrdef'::regclass and objid = d.oid
        and refclassid = 'pg_class'::regclass and refobjid <> a.attrelid)
    where n.nspname = ${database.orchestratorSchema} and c.relname = 'events_outbox' and a.attname = 'id'`.execute(
    database.kysely,
  );
  const [row] = rows;
  const sequence = row === undefined || rows.length > 1 ? undefined : sequenceOf(row);
  const because = (what: string, help = TO_CACHE_1): LogOrder => ({
    kind: 'transaction',
    because: { what, help },
    sequence,
    hasTimeIndex: false,
  });
  if (row === undefined || sequence === undefined || !row.is_plain) {
    return because('the ids of events_outbox come from no sequence that is known');
  }
  if (row.cache !== '1') return because(`the sequence of events_outbox.id has CACHE ${row.cache}`);
  if (row.cycles || row.increment.startsWith('-')) {
    return because('the sequence of events_outbox.id does not only count up');
  }
  // Without the right to look nobody looks: the role is told so elsewhere, as the statement that grants it.
  if (row.can_look && (await hasIdsBeyond(database, sequence))) {
    return because(
      'events_outbox has an id that its sequence has not reached',
      `Once the sequence is beyond all ids a look is short: select setval('${sequence.name}', (select max(id) from events_outbox)).`,
    );
  }
  return { kind: 'id', sequence };
}

async function hasIdsBeyond(
  { kysely, orchestratorSchema }: AnalyzerDatabase,
  sequence: IdSequence,
): Promise<boolean> {
  const outbox = sql.table(`${orchestratorSchema}.events_outbox`);
  const { rows } = await sql<{ is_beyond: boolean }>`
    select ${isBeyondSequence(sequence, sql`(select max(o.id) from ${outbox} o)`)} as is_beyond`.execute(
    kysely,
  );
  return rows[0]?.is_beyond === true;
}

/**
 * Whether an id in sight was not drawn from the sequence: it was written by hand, and the ids that follow are below it.
 * A sequence counts outside of transactions, so it is beyond whatever a snapshot shows. Of one that has not begun nobody
 * knows where it will: it is asked again when it has. Never null.
 */
export function isBeyondSequence(
  { oid, isReadable }: IdSequence,
  id: RawBuilder<unknown>,
): RawBuilder<boolean> {
  if (!isReadable) return sql<boolean>`false`;
  // One that is gone, with the table that had it, would end the look.
  const isThere = sql`exists (select from pg_sequence s where s.seqrelid = ${sql.lit(oid)}::oid)`;
  return sql<boolean>`coalesce(${id} > case when ${isThere} then pg_sequence_last_value(${sql.lit(oid)}::oid) end, false)`;
}

/** The outbox, or how its ids count, is not what it was when the analyzer looked at it: it has to look again. */
export class OtherTables extends Error {
  override readonly name = 'OtherTables';
}

interface SequenceRow {
  cache: string;
  increment: string;
  cycles: boolean;
  is_plain: boolean | null;
  oid: string;
  name: string;
  is_optional: boolean;
  is_readable: boolean;
  can_look: boolean;
}
