/** Two analyzers at once on a real server, killed at random: each crossing and each merge once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { formatScope } from '../src/fold/crossing.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { type Outline, SMALL, toMerges } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

const KILLS = 10;
const DEADLINE_MS = 150_000;
const engine = engineOfTests('postgresql');

test.skipIf(isPostgresqlMissing)(
  `one event per crossing and one snapshot per merge, whoever is killed when${WHY_SKIPPED}`,
  async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const watchers = [startWatcher(database), startWatcher(database)];
    const outlines: Outline[] = [];
    const deadline = performance.now() + DEADLINE_MS;
    let kills = 0;
    try {
      while (kills < KILLS) {
        if (performance.now() > deadline)
          throw new Error(`only ${kills} watchers worked before they were killed`);
        const outline = randomOutline(outlines.length);
        outlines.push(outline);
        const { project, attempts, isRebaseConflict } = outline;
        const verdict = isRebaseConflict ? 'rebase_conflict' : 'approve';
        await orchestrator.merge({ workItemId: `w${outlines.length}`, project, attempts, verdict });
        await wait(Math.random() * 4);
        const place = kills % watchers.length;
        const victim = watchers[place];
        // Only one that is at work; when is left to chance, which decides in which statement the kill lands.
        if (victim === undefined || victim.analyzed() < 3 || Math.random() > 0.2) continue;
        await end(victim.process, 'SIGKILL');
        watchers[place] = startWatcher(database);
        kills += 1;
      }
    } finally {
      await Promise.all(watchers.map((watcher) => end(watcher.process, 'SIGTERM')));
    }
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();

    const { snapshots, crossings } = await readRecord(orchestrator);
    expect(snapshots.map(({ merge }) => merge.work_item_id)).toEqual(
      outlines.map((_, index) => `w${index + 1}`),
    );
    expect(snapshots.map(({ merge }) => merge.ordinal)).toEqual(outlines.map((_, index) => index + 1));
    const expected = foldMerges(EMPTY_STATE, toMerges(outlines), SMALL).crossings;
    expect(expected.length).toBeGreaterThan(20);
    expect(
      crossings.map(({ metric, scope, direction, work_item_id }) => [metric, scope, direction, work_item_id]),
    ).toEqual(
      expected.map(({ rate, scope, direction, merge }) => [
        rate,
        formatScope(scope),
        direction,
        merge.workItemId,
      ]),
    );
  },
);

test.skipIf(isPostgresqlMissing)(
  `an analyzer that another one overtakes between its look and its commit writes nothing of it, and reads again${WHY_SKIPPED}`,
  async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const faster = await openMergeAnalyzer(database, { configuration: SMALL });
    let overtakes = 0;
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        // Its look is an array of the rows of each statement.
        if (overtakes > 0 && Array.isArray(result.rows[0])) {
          overtakes -= 1;
          await faster.analyze();
        }
        return result;
      },
    };
    const slower = await openMergeAnalyzer(
      { ...database, kysely: database.kysely.withPlugin(plugin) },
      { configuration: SMALL },
    );
    for (let round = 1; round <= 8; round += 1) {
      await orchestrator.merge({ workItemId: `w${round}`, attempts: 1 + (round % 2) });
      overtakes = 1;
      expect(await slower.analyze()).toMatchObject({ merges: 0, crossings: 0, mergesSoFar: round });
      expect(overtakes).toBe(0);
    }
    await orchestrator.merge({ workItemId: 'own' });
    expect(await slower.analyze()).toMatchObject({ merges: 1, mergesSoFar: 9 });
    const { snapshots } = await readRecord(orchestrator);
    expect(snapshots.map(({ merge }) => merge.ordinal)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },
);

/** A process that watches, and how many steps with news it has told of. */
function startWatcher({ orchestratorSchema, ownSchema }: AnalyzerDatabase) {
  const fixture = join(import.meta.dirname, 'fixtures/watcher.ts');
  const args = [fixture, engine.server?.url ?? '', orchestratorSchema, ownSchema];
  const watcher = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let analyzed = 0;
  createInterface({ input: watcher.stdout }).on('line', () => {
    analyzed += 1;
  });
  return { process: watcher, analyzed: () => analyzed };
}

/** Good times and bad times, so that rates swing. */
function randomOutline(index: number): Outline {
  const isBad = Math.floor(index / 12) % 2 === 1;
  const happens = Math.random() < (isBad ? 0.9 : 0.1);
  return {
    project: index % 3 === 0 ? 'alpha' : 'beta',
    attempts: happens ? 2 : 1,
    isRebaseConflict: happens,
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
