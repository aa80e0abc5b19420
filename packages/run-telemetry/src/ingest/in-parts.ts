/** Runs in parts whose events are in memory at once: runs have a few events or many thousands, so it is events that count. */
import type { Kysely } from 'kysely';
import { anyText } from '../store/number-list.ts';
import type { RunTables } from '../store/tables.ts';

/** Events with their facts take a kilobyte or two. */
export const EVENTS_AT_ONCE = 200_000;

/** Things in their order, in parts of no more than so many together, or of one. */
export function inParts<Thing>(
  things: Iterable<Thing>,
  sizeOf: (thing: Thing) => number,
  limit: number,
): readonly (readonly Thing[])[] {
  const parts: Thing[][] = [];
  let part: Thing[] = [];
  let size = 0;
  for (const thing of things) {
    const own = sizeOf(thing);
    if (part.length === 0 || size + own > limit) {
      part = [];
      size = 0;
      parts.push(part);
    }
    part.push(thing);
    size += own;
  }
  return parts;
}

/** How many events are stored of runs, by their ids. */
export async function storedCounts(
  kysely: Kysely<RunTables>,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await kysely
    .selectFrom('run_keys')
    .innerJoin('events', 'events.run_number', 'run_keys.number')
    .select(({ fn }) => ['run_keys.run_id', fn.countAll<number>().as('count')])
    .where('run_keys.run_id', 'in', anyText(runIds))
    .groupBy('run_keys.run_id')
    .execute();
  return new Map(rows.map((row) => [row.run_id, row.count]));
}
