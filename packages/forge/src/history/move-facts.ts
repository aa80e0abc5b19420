/** Moves what is known of a repository to what was read, in the transaction that it is given. */

import type { Item } from '../api/answers.ts';
import type { RepositoryReading } from '../collect/repository-reading.ts';
import { compareItems } from '../facts/compare-items.ts';
import { compareRuns } from '../facts/compare-runs.ts';
import { ruleChange, ruleText } from '../facts/dispatch-rule.ts';
import type { ItemFact, RepositoryFact, RunFact } from '../facts/facts.ts';
import { isOn } from '../facts/item-kind.ts';
import { type ForgeMeasurement, measurementOf } from '../facts/measurement.ts';
import type { ForgeRepository } from '../forge-repository.ts';
import { itemOf, itemRow, type Row, repositoryRow, runOf, runRow } from './rows.ts';
import { type StagedFacts, takeStaged } from './staging.ts';
import { inPieces, type Statements, upsert } from './statement.ts';

/** Another collector has moved the repository since `reading` began. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Older ones are hardly ever read again: those that are finished are the past from then on. */
const FINISHED_RUNS_KEPT = 1_000;

/**
 * Moves the facts, and says what happened.
 *
 * @param known what the reading was made for; undefined for a repository that is new here
 * @throws {Overtaken}
 */
export async function moveFacts(
  statements: Statements,
  repository: ForgeRepository,
  known: RepositoryFact | undefined,
  reading: RepositoryReading,
): Promise<readonly ForgeMeasurement[]> {
  await claim(statements, known, reading.fact);
  const { name } = reading.fact;
  if (reading.staged !== undefined) await fill(statements, name, reading.staged);
  const items = compareItems(reading.items, {
    before: await itemsBefore(statements, name, reading),
    isPast: (item) => known === undefined || wasThere(item, known),
    dispatch: repository.dispatch,
    isRuleNew: ruleChange(known?.dispatchRule, ruleText(repository.dispatch)) === 'handover',
  });
  const runs = compareRuns(reading.runs, {
    before: await runsBefore(statements, name, reading),
    filledRunId: known?.filledRunId,
  });
  await upsert(
    statements,
    'item',
    ['repository', 'number'],
    items.facts.map((fact) => itemRow(name, fact)),
  );
  await upsert(
    statements,
    'run',
    ['repository', 'id'],
    runs.facts.map((fact) => runRow(name, fact)),
  );
  await forgetGone(statements, name, reading);
  if (reading.runs.length > 0 || reading.staged !== undefined) await forgetFinished(statements, name);
  return [...items.events, ...runs.events].map((event) => measurementOf(event, repository));
}

/** At the first collect, or before issues, or changes, were switched on or shown to us. */
function wasThere({ kind, number, createdMs }: Item, known: RepositoryFact): boolean {
  return number <= known.filledNumber || (!isOn(kind, known) && createdMs <= known.forgeNowMs);
}

/** The first statement takes the repository's row, so that a second collector waits here, and then finds it moved. */
async function claim(
  statements: Statements,
  known: RepositoryFact | undefined,
  fact: RepositoryFact,
): Promise<void> {
  if (known === undefined) {
    const columns = Object.entries(repositoryRow(fact));
    const { affectedRows } = await statements.run(
      `insert into {repository} (${columns.map(([name]) => name).join(', ')})
        values (${columns.map(() => '?').join(', ')}) on conflict (name) do nothing`,
      columns.map(([, value]) => value),
    );
    if (affectedRows !== 1) throw new Overtaken();
    return;
  }
  const { affectedRows } = await statements.run(
    'update {repository} set revision = ? where name = ? and revision = ?',
    [fact.revision, fact.name, known.revision],
  );
  if (affectedRows !== 1) throw new Overtaken();
  await upsert(statements, 'repository', ['name'], [repositoryRow(fact)]);
}

async function itemsBefore(
  { run }: Statements,
  name: string,
  { items }: RepositoryReading,
): Promise<ReadonlyMap<number, ItemFact>> {
  const numbers = items.map(({ number }) => number);
  const rows = await inPieces<Row>(numbers, (some, places) =>
    run(`select * from {item} where repository = ? and number in (${places})`, [name, ...some]),
  );
  return new Map(rows.map(itemOf).map((fact) => [fact.number, fact]));
}

async function runsBefore(
  { run }: Statements,
  name: string,
  { runs }: RepositoryReading,
): Promise<ReadonlyMap<number, RunFact>> {
  const ids = runs.map(({ id }) => id);
  const rows = await inPieces<Row>(ids, (some, places) =>
    run(`select * from {run} where repository = ? and id in (${places})`, [name, ...some]),
  );
  return new Map(rows.map(runOf).map((fact) => [fact.id, fact]));
}

/** All that is there is the past. What the name stood for may have been another repository. */
async function fill(statements: Statements, name: string, staged: StagedFacts): Promise<void> {
  await statements.run('delete from {item} where repository = ?', [name]);
  await statements.run('delete from {run} where repository = ?', [name]);
  if (!(await takeStaged(statements, name, staged))) throw new Overtaken();
}

/** Nothing happens with what is deleted: it is not there any more. */
async function forgetGone(
  { run }: Statements,
  name: string,
  { goneNumbers, goneRunIds }: RepositoryReading,
): Promise<void> {
  for (const number of goneNumbers)
    await run('delete from {item} where repository = ? and number = ?', [name, number]);
  for (const id of goneRunIds) await run('delete from {run} where repository = ? and id = ?', [name, id]);
}

/** That they ended is counted. A page further down that is read again must not find them to be new. */
async function forgetFinished({ run }: Statements, name: string): Promise<void> {
  const { rows } = await run<{ id: number }>(
    `select id from {run} where repository = ? order by id desc limit 1 offset ${FINISHED_RUNS_KEPT}`,
    [name],
  );
  const [newest] = rows;
  if (newest === undefined) return;
  const id = Number(newest.id);
  await run(`delete from {run} where repository = ? and state = 'finished' and id <= ?`, [name, id]);
  await run('update {repository} set filled_run_id = ? where name = ? and filled_run_id < ?', [id, name, id]);
}
