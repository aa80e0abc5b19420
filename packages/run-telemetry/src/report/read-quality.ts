/** How good what is known is: what came twice, contradicts, is missing or is not known. */
import type { Selection } from '../selection/selection.ts';
import { anyNumber } from '../store/number-list.ts';
import type { RunStore } from '../store/open-run-store.ts';
import { QUALITY_KINDS } from '../store/quality-kinds.ts';
import { selectedBy } from '../store/select-runs.ts';

/** A line that was not taken. */
interface RefusedLine {
  readonly source: string;
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

/** The quality of a selection; refused lines belong to no run, and are those of the whole database. */
export interface RunQuality {
  readonly runs: number;
  readonly events: number;
  /** By kind: how often, in how many runs, and the first of them. */
  readonly kinds: Readonly<
    Record<string, { readonly count: number; readonly runs: number; readonly examples: readonly string[] }>
  >;
  readonly refused: number;
  /** The first ones. */
  readonly refusedLines: readonly RefusedLine[];
}

const EXAMPLES = 3;
const REFUSED_SHOWN = 100;

/** Reads it. */
export async function readQuality({ kysely }: RunStore, where: Selection): Promise<RunQuality> {
  const chosen = await kysely
    .selectFrom('runs')
    .select(['runs.run_number', 'runs.run_id'])
    .where((build) => selectedBy(build, where))
    .orderBy('runs.run_number')
    .execute();
  const ids = new Map(chosen.map((row) => [row.run_number, row.run_id]));
  const numbers = [...ids.keys()];
  const { events } = await kysely
    .selectFrom('events')
    .select(({ fn }) => fn.countAll<number>().as('events'))
    .where('run_number', 'in', anyNumber(numbers))
    .executeTakeFirstOrThrow();
  const rows = await kysely
    .selectFrom('quality')
    .selectAll()
    .where('run_number', 'in', anyNumber(numbers))
    .orderBy('run_number')
    .execute();
  const kinds = Object.keys(QUALITY_KINDS).map((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    const examples = own.slice(0, EXAMPLES).flatMap((row) => ids.get(row.run_number) ?? []);
    return [
      kind,
      { count: own.reduce((sum, { count }) => sum + count, 0), runs: own.length, examples },
    ] as const;
  });
  const refused = await kysely
    .selectFrom('batches')
    .select(({ fn }) => fn.sum<number | null>('refused').as('lines'))
    .executeTakeFirstOrThrow();
  const refusedLines = await kysely
    .selectFrom('refused')
    .innerJoin('batches', 'batches.id', 'refused.batch_id')
    .select(['batches.source', 'refused.line', 'refused.field', 'refused.message'])
    .orderBy('batches.received_ms')
    .orderBy('refused.line')
    .limit(REFUSED_SHOWN)
    .execute();
  return {
    runs: chosen.length,
    events,
    kinds: Object.fromEntries(kinds),
    refused: refused.lines ?? 0,
    refusedLines,
  };
}
