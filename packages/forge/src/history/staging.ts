/**
 * Where a first collect puts what it reads, page by page: of a repository with a long past no more than a page is held.
 *
 *     page ─▶ staged rows ─▶ page ─▶ … ─▶ [ all of them become the facts, in the transaction that moves the repository ]
 *
 * What a collector that was killed left behind goes when the repository is filled again.
 */
import type { Item, Run } from '../api/answers.ts';
import { compareItems } from '../facts/compare-items.ts';
import type { DispatchRule } from '../forge-repository.ts';
import { itemRow, type Row, runRow } from './rows.ts';
import { type Statements, upsert } from './statement.ts';

/** What one collect staged. */
export interface StagedFacts {
  /** Names what this collect staged. */
  readonly id: string;
  /** Which readings of a list count, and how many entries they have together. */
  readonly items: StagedList;
  readonly runs: StagedList;
}

interface StagedList {
  readonly fromReading: number;
  readonly count: number;
}

/** Takes pages. */
export interface Staging {
  readonly id: string;
  readonly items: (page: readonly Item[], reading: number) => Promise<void>;
  readonly runs: (page: readonly Run[], reading: number) => Promise<void>;
}

/** Begins anew. */
export async function beginStaging(
  ask: <Answer>(question: (statements: Statements) => Promise<Answer>) => Promise<Answer>,
  { id, name, dispatch }: { readonly id: string; readonly name: string; readonly dispatch?: DispatchRule },
): Promise<Staging> {
  await ask((statements) => clearStaged(statements, name));
  const stage = (table: string, key: string, reading: number, rows: readonly Row[]): Promise<void> =>
    ask((statements) =>
      upsert(
        statements,
        table,
        ['staging', key],
        rows.map((row) => ({ staging: id, reading, ...row })),
      ),
    );
  return {
    id,
    items: (page, reading) => {
      const past = { before: new Map(), isPast: () => true, dispatch, isRuleNew: false };
      const { facts } = compareItems(page, past);
      return stage(
        'staged_item',
        'number',
        reading,
        facts.map((fact) => itemRow(name, fact)),
      );
    },
    runs: (page, reading) =>
      stage(
        'staged_run',
        'id',
        reading,
        page.map((run) => runRow(name, run)),
      ),
  };
}

/**
 * Makes what was staged the facts of the repository.
 *
 * @returns false when another collector of the same history has cleared it
 */
export async function takeStaged(
  { run }: Statements,
  name: string,
  { id, items, runs }: StagedFacts,
): Promise<boolean> {
  const take = async (from: string, to: string, columns: string, list: StagedList): Promise<boolean> => {
    const { affectedRows } = await run(
      `insert into {${to}} (${columns}) select ${columns} from {${from}} where staging = ? and reading >= ?`,
      [id, list.fromReading],
    );
    return affectedRows === list.count;
  };
  const isWhole =
    (await take('staged_item', 'item', ITEM_COLUMNS, items)) &&
    (await take('staged_run', 'run', RUN_COLUMNS, runs));
  await clearStaged({ run }, name);
  return isWhole;
}

async function clearStaged({ run }: Statements, name: string): Promise<void> {
  for (const table of ['staged_item', 'staged_run'])
    await run(`delete from {${table}} where repository = ?`, [name]);
}

const ITEM_COLUMNS =
  'repository, number, kind, created_ms, updated_ms, is_open, closed_ms, merged_ms, handed_over_ms, reopenings, has_failure_label';
const RUN_COLUMNS = 'repository, id, workflow, state, result, started_ms, completed_ms';
