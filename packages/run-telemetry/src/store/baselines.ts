/** Frozen lists of runs. What a baseline holds is named by a digest, and never removed by retention. */
import { writeSession } from '@ephemetry/store/kysely';
import { STATISTICS_VERSION } from '../comparison/statistics-version.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import { runsDigest } from '../facts/runs-digest.ts';
import { formatSelection, type Selection } from '../selection/selection.ts';
import type { RunStore } from './open-run-store.ts';
import { runOfRow } from './run-rows.ts';
import { selectedBy } from './select-runs.ts';
import { appendRows, type RunTables } from './tables.ts';

/** A baseline, without its runs. */
export interface Baseline {
  readonly name: string;
  readonly createdUnixMs: number;
  /** What it was made of. */
  readonly selection: string;
  readonly note: string | undefined;
  readonly digest: string;
  readonly statistics: string;
  readonly runs: number;
  /** Runs of it that changed since: events came, or what success is taken from. */
  readonly revised: number;
}

/** A baseline that is wanted. */
export interface WantedBaseline {
  readonly name: string;
  readonly selection: Selection;
  readonly note?: string | undefined;
}

/** What became of it. */
export type CreatedBaseline =
  | { readonly kind: 'created'; readonly baseline: Baseline }
  /** There is one of this name. */
  | { readonly kind: 'exists' }
  /** The selection has no run. */
  | { readonly kind: 'empty' };

/** Freezes a selection. */
export async function createBaseline(
  store: RunStore,
  { name, selection, note }: WantedBaseline,
  now: () => number = Date.now,
): Promise<CreatedBaseline> {
  return await writeSession<RunTables, CreatedBaseline>(store.database, async ({ kysely, session }) => {
    const same = await kysely
      .selectFrom('baselines')
      .select('name')
      .where('name', '=', name)
      .executeTakeFirst();
    if (same !== undefined) return { kind: 'exists' };
    const rows = await kysely
      .selectFrom('runs')
      .selectAll('runs')
      .where((build) => selectedBy(build, selection))
      .orderBy('run_number')
      .execute();
    if (rows.length === 0) return { kind: 'empty' };
    const row = {
      name,
      created_ms: now(),
      selection: formatSelection(selection),
      note: note ?? null,
      digest: runsDigest(rows.map(runOfRow)),
      statistics: STATISTICS_VERSION,
    };
    await appendRows(session, 'baselines', [row]);
    await appendRows(
      session,
      'baseline_runs',
      rows.map(({ run_number, revision }) => ({ baseline: name, run_number, revision })),
    );
    return { kind: 'created', baseline: baselineOf(row, rows.length, 0) };
  });
}

/** All baselines, by name. */
export async function listBaselines({ kysely }: Pick<RunStore, 'kysely'>): Promise<readonly Baseline[]> {
  const counts = await kysely
    .selectFrom('baseline_runs as frozen')
    .innerJoin('run_keys as key', 'key.number', 'frozen.run_number')
    .select(({ fn }) => ['frozen.baseline', fn.countAll<number>().as('runs')])
    .select(({ fn, eb }) =>
      fn
        .sum<number>(eb.case().whenRef('key.revision', '>', 'frozen.revision').then(1).else(0).end())
        .as('revised'),
    )
    .groupBy('frozen.baseline')
    .execute();
  const byName = new Map(counts.map((each) => [each.baseline, each]));
  const rows = await kysely.selectFrom('baselines').selectAll().execute();
  return rows
    .map((row) =>
      baselineOf(row, byName.get(row.name)?.runs ?? 0, Number(byName.get(row.name)?.revised ?? 0)),
    )
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** A baseline with its runs as they are now, by their ids. */
export interface BaselineRuns {
  readonly baseline: Baseline;
  readonly runs: readonly AgentRun[];
  /** Whether their facts are those of when it was made: events may have come since, or a newer version reads them in another way. */
  readonly isAsMade: boolean;
}

/** Undefined where there is none of this name. */
export async function readBaseline(
  store: Pick<RunStore, 'kysely'>,
  name: string,
): Promise<BaselineRuns | undefined> {
  const baseline = (await listBaselines(store)).find((each) => each.name === name);
  if (baseline === undefined) return undefined;
  const rows = await store.kysely
    .selectFrom('runs')
    .selectAll()
    .where('run_number', 'in', (build) =>
      build.selectFrom('baseline_runs').select('baseline_runs.run_number').where('baseline', '=', name),
    )
    .execute();
  const runs = rows.map(runOfRow).sort((left, right) => (left.runId < right.runId ? -1 : 1));
  return { baseline, runs, isAsMade: runsDigest(runs) === baseline.digest };
}

/** Returns false where there is none of this name. Its runs stay. */
export async function deleteBaseline(store: RunStore, name: string): Promise<boolean> {
  return await writeSession<RunTables, boolean>(store.database, async ({ kysely }) => {
    await kysely.deleteFrom('baseline_runs').where('baseline', '=', name).execute();
    const deleted = await kysely.deleteFrom('baselines').where('name', '=', name).executeTakeFirst();
    return deleted.numDeletedRows > 0n;
  });
}

function baselineOf(row: RunTables['baselines'], runs: number, revised: number): Baseline {
  const { name, created_ms: createdUnixMs, selection, note, digest, statistics } = row;
  return { name, createdUnixMs, selection, note: note ?? undefined, digest, statistics, runs, revised };
}
