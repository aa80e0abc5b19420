/**
 * Records a run in the history, and says what it shows beside the runs before it. All of it is one transaction: a program that
 * is killed leaves the run whole, or no trace of it. A run that is recorded again changes nothing and shows the same.
 */
import { writeTransaction } from '@ephemetry/store/kysely';
import type { Kysely } from 'kysely';
import type { Run } from '../judging/judge-run.ts';
import type { BranchKind, HistoryFindings } from '../recording/record-run.ts';
import { clockOf } from './clock.ts';
import { type EarlierRun, type Flips, flipsOf } from './flips.ts';
import { type Forgotten, forgetRuns } from './forget-runs.ts';
import { HISTORY_LIMIT_BYTES } from './limits.ts';
import type { History } from './open-history.ts';
import { countFlaky } from './read-flaky.ts';
import {
  bytesOf,
  contentOf,
  encodeDifferences,
  keysIn,
  keyText,
  namesByKey,
  type StoredContent,
} from './run-content.ts';
import { othersOf, storedId } from './run-set.ts';
import { storable } from './storable-name.ts';
import { PassedLists, storedOn } from './stored-runs.ts';
import type { HistoryTables } from './tables.ts';
import { type Transitions, transitionsOf } from './transitions.ts';

/** What a run is called, and where it comes from. */
export interface RememberedRun {
  /** The same name is the same run. */
  readonly identity: string;
  /** Names a set of runs, such as the jobs of a matrix: letters and digits. @default it stands alone */
  readonly set?: string;
  readonly suite: string;
  /** Runs of other environments are not compared with it. */
  readonly environment: string;
  /** Undefined when it is not known, or when files had been changed since. */
  readonly commit: string | undefined;
  readonly branch: BranchKind;
  readonly endUnixMs: number;
  /** Names of the suite's categories by their place, see `categoryNames`. */
  readonly categories: readonly string[];
}

/** How it is recorded. */
export interface RememberOptions {
  /** @default 14 */
  readonly flakyWindowDays?: number;
  /** @default 256 MiB */
  readonly limitBytes?: number;
  /** @default the clock that every program with this history shares, see `clockOf` */
  readonly now?: () => number;
}

/** What became of it. */
export interface Remembered {
  readonly findings: HistoryFindings;
  readonly forgotten: Forgotten;
  /** Runs of the same set that were recorded before, of other content. */
  readonly others: number;
}

/** Earlier runs of a commit beyond these are not looked at. */
const EARLIER_LIMIT = 50;
/** Flips of one run beyond these are counted and not stored. */
const FLIPS_LIMIT = 10_000;
const ROWS_AT_ONCE = 500;
/** Of a stored flip with its indexes, beside its texts. */
const FLIP_BYTES = 160;

/** Records a run. @throws the engine's error, see `historyFault` */
export async function rememberRun(
  { database, kysely }: History,
  run: Run,
  given: RememberedRun,
  { now, limitBytes = HISTORY_LIMIT_BYTES, flakyWindowDays }: RememberOptions = {},
): Promise<Remembered> {
  return await writeTransaction(database, kysely, async (transaction) => {
    const known = await transaction
      .selectFrom('run')
      .select('findings')
      .where('id', '=', storedId(given))
      .executeTakeFirst();
    const others = await othersOf(transaction, given);
    if (known !== undefined) {
      // Written below, by a version that this program knows: newer ones are refused.
      const findings: HistoryFindings = JSON.parse(known.findings);
      return { findings, forgotten: { oldRuns: 0, runsBeyondLimit: 0 }, others };
    }
    const clock = now?.() ?? (await clockOf(transaction, database));
    const endUnixMs = Math.round(Math.min(given.endUnixMs, clock));
    const writer = new RunWriter(transaction, run, { ...given, endUnixMs });
    const { number, counted } = await writer.write();
    const forgotten = await forgetRuns(transaction, { kept: number, now: clock, limitBytes });
    const flaky = await countFlaky(transaction, given.suite, clock, flakyWindowDays);
    const findings = { ...counted, ...(flaky === undefined ? {} : { flaky }) };
    await transaction
      .updateTable('run')
      .set({ findings: JSON.stringify(findings) })
      .where('number', '=', number)
      .execute();
    return { findings, forgotten, others };
  });
}

type Counted = Omit<HistoryFindings, 'flaky'>;

/** Writes one run. */
class RunWriter {
  readonly #kysely: Kysely<HistoryTables>;
  readonly #run: Run;
  readonly #given: RememberedRun;
  readonly #lists: PassedLists;

  constructor(kysely: Kysely<HistoryTables>, run: Run, given: RememberedRun) {
    this.#kysely = kysely;
    this.#run = run;
    this.#given = given;
    this.#lists = new PassedLists(kysely);
  }

  async write(): Promise<{ readonly number: number; readonly counted: Counted }> {
    const { suite } = this.#given;
    const own = contentOf(this.#run.tests);
    const { listNumber, content } = await storedOn(this.#kysely, this.#lists, suite, own);
    const earlier = await this.#earlierRuns();
    const flips = flipsOf(content, earlier);
    const transitions = await this.#transitions(content, earlier);
    const number = await this.#insertRun(listNumber, content, flips);
    await this.#insertFlips(number, flips);
    await this.#insertNames([...content.otherKeys, ...flips.rerun]);
    return { number, counted: { rerun: flips.rerun.length, mass: flips.mass.length, transitions } };
  }

  async #earlierRuns(): Promise<readonly (EarlierRun & { readonly branch: string })[]> {
    const { suite, environment, commit } = this.#given;
    if (commit === undefined) return [];
    const rows = await this.#kysely
      .selectFrom('run')
      .select(['number', 'branch', 'list_number', 'differences', 'mass'])
      .where('suite', '=', suite)
      .where('environment', '=', environment)
      .where('commit_id', '=', commit)
      .orderBy('number', 'desc')
      .limit(EARLIER_LIMIT)
      .execute();
    const numbers = rows.map(({ number }) => number);
    const flipped = await this.#flippedIn(numbers);
    return await Promise.all(
      rows.map(async (row) => ({
        branch: row.branch,
        content: await this.#lists.contentOf(row),
        mass: [...keysIn(row.mass)],
        flipped: flipped.get(row.number) ?? [],
      })),
    );
  }

  async #flippedIn(runs: readonly number[]): Promise<ReadonlyMap<number, bigint[]>> {
    const byRun = new Map<number, bigint[]>();
    if (runs.length === 0) return byRun;
    const rows = await this.#kysely
      .selectFrom('flip')
      .select(['run_number', 'fingerprint'])
      .where('run_number', 'in', runs)
      .execute();
    for (const { run_number: run, fingerprint } of rows) {
      const own = byRun.get(run) ?? [];
      own.push(BigInt(`0x${fingerprint}`));
      byRun.set(run, own);
    }
    return byRun;
  }

  /** Against the last run of the commit before this one. Commits are in the order of their first runs. */
  async #transitions(
    content: StoredContent,
    earlier: readonly (EarlierRun & { readonly branch: string })[],
  ): Promise<Counted['transitions']> {
    const { suite, environment, commit, branch, categories } = this.#given;
    if (commit === undefined || branch !== 'default') return {};
    const ofSuite = this.#kysely
      .selectFrom('run')
      .where('suite', '=', suite)
      .where('environment', '=', environment);
    const { number: firstNumber } = await ofSuite
      .select((select) => select.fn.min<number | null>('number').as('number'))
      .where('commit_id', '=', commit)
      .executeTakeFirstOrThrow();
    const first = firstNumber === null ? Number.MAX_SAFE_INTEGER : Number(firstNumber);
    const runs = ofSuite.where('branch', '=', 'default');
    const commitBefore = await runs
      .select('commit_id')
      .where('commit_id', '!=', commit)
      .groupBy('commit_id')
      .having((having) => having(having.fn.min('number'), '<', first))
      .orderBy((order) => order.fn.min('number'), 'desc')
      .limit(1)
      .executeTakeFirst();
    if (commitBefore === undefined) return {};
    const base = await runs
      .select(['list_number', 'differences'])
      .where('commit_id', '=', commitBefore.commit_id)
      .where('number', '<', first)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (base === undefined) return {};
    const counted = earlier.filter((each) => each.branch === 'default').map((each) => each.content);
    const changed = transitionsOf(this.#run.tests, content, await this.#lists.contentOf(base), counted);
    return named(changed, categories);
  }

  async #insertRun(listNumber: number, content: StoredContent, flips: Flips): Promise<number> {
    const { suite, environment, commit, branch, endUnixMs } = this.#given;
    const differences = encodeDifferences(content);
    const massBytes = bytesOf(BigUint64Array.from(flips.mass));
    const flipBytes = FLIP_BYTES + 2 * suite.length + environment.length + (commit?.length ?? 0);
    const { number } = await this.#kysely
      .insertInto('run')
      .values({
        id: storedId(this.#given),
        suite,
        environment,
        commit_id: commit ?? null,
        branch,
        ended_at: endUnixMs,
        list_number: listNumber,
        differences,
        mass: massBytes,
        retried: this.#run.retried,
        findings: '',
        bytes:
          differences.length + massBytes.length + storedFlips(flips) * flipBytes + environment.length + 512,
      })
      .returning('number')
      .executeTakeFirstOrThrow();
    return number;
  }

  async #insertFlips(runNumber: number, { retry, rerun }: Flips): Promise<void> {
    const { suite, environment, commit, endUnixMs } = this.#given;
    const row = (key: bigint, kind: 'retry' | 'rerun') => ({
      run_number: runNumber,
      suite,
      environment,
      fingerprint: keyText(key),
      commit_id: commit ?? null,
      kind,
      at: endUnixMs,
    });
    const rows = [...rerun.map((key) => row(key, 'rerun')), ...retry.map((key) => row(key, 'retry'))];
    for (const some of inPieces(rows.slice(0, FLIPS_LIMIT)))
      await this.#kysely.insertInto('flip').values(some).execute();
  }

  async #insertNames(keys: readonly bigint[]): Promise<void> {
    const { suite, endUnixMs } = this.#given;
    const names = namesByKey(this.#run.tests, this.#run.names);
    const rows = [...new Set(keys)].flatMap((key) => {
      const test = names.get(key);
      if (test === undefined) return [];
      const { file, className, name } = test;
      const bytes = file.length + className.length + name.length + 96;
      const fingerprint = keyText(key);
      return [{ suite, fingerprint, file, class_name: className, name, seen_at: endUnixMs, bytes }];
    });
    for (const some of inPieces(rows))
      await this.#kysely
        .insertInto('test')
        .values(some.map(storable))
        .onConflict((conflict) =>
          conflict
            .columns(['suite', 'fingerprint'])
            .doUpdateSet((update) => ({ seen_at: update.ref('excluded.seen_at') }))
            // A run that is reported late makes no name older.
            .whereRef('excluded.seen_at', '>', 'test.seen_at'),
        )
        .execute();
  }
}

function storedFlips({ retry, rerun }: Flips): number {
  return Math.min(retry.length + rerun.length, FLIPS_LIMIT);
}

function named(
  changed: ReadonlyMap<number, Transitions>,
  categories: readonly string[],
): Counted['transitions'] {
  return Object.fromEntries([...changed].map(([place, counts]) => [categories[place] ?? '', counts]));
}

function* inPieces<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE);
}
