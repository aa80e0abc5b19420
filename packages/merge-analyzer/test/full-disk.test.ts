/** A server whose disk is full: said by name, nothing is lost, and the watch goes on when there is room. */
import { statSync } from 'node:fs';
import { mountSmallDisk, waitFor } from '@ephemetry/testing';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type WatchEvent, watchMerges } from '../src/commands/watch-merges.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

const MERGES = 3_000;

describe.skipIf(isPostgresqlMissing)(`a full disk${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');
  const removals: (() => void)[] = [];
  afterAll(() => {
    for (const remove of removals) remove();
  });

  test('is said as what it is, nothing is lost, and the watch goes on when there is room', async (context) => {
    const { uid, gid } = statSync(`/proc/${engine.server?.pid}`);
    const disk = mountSmallDisk(4, { uid, gid });
    if ('unavailable' in disk) return context.skip(disk.unavailable);
    removals.push(disk.remove);
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const { run, table, merge } = orchestrator;
    const events: WatchEvent[] = [];
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const watching = watchMerges(database, {
      signal: stop.signal,
      configuration: SMALL,
      pollIntervalMs: 20,
      reconnectLimitMs: 200,
      onEvent: (event) => events.push(event),
    });
    const until = (isWanted: (event: WatchEvent) => boolean, what: string) =>
      waitFor(() => events.some(isWanted), { what });
    await until(({ kind }) => kind === 'ready', 'ready');
    await run(`create tablespace small location '${disk.path}'`);
    await run(`alter table "${database.ownSchema}".merge set tablespace small`);
    await run(`create table ${table('filler')} (text text) tablespace small`);
    const fill = async (): Promise<boolean> => {
      const filling = run(
        `insert into ${table('filler')} select repeat('x', 7000) from generate_series(1, 50)`,
      );
      return await filling.then(
        () => false,
        () => true,
      );
    };
    while (!(await fill()));
    await merge(...Array.from({ length: MERGES }, (_, index) => ({ workItemId: `w${index}` })));
    await until(
      (event) =>
        event.kind === 'disconnected' &&
        event.reason === 'refusal' &&
        /No space left on device/.test(event.detail),
      'the full disk is said',
    );
    // TRUNCATE would ask for room of its own.
    await run(`drop table ${table('filler')}`);
    await waitFor(async () => (await readRecord(orchestrator)).snapshots.length === MERGES, {
      what: 'all merges',
    });
    stop.abort();
    expect(await watching).toMatchObject({ merges: MERGES });
    const { snapshots } = await readRecord(orchestrator);
    expect(snapshots.map((snapshot) => snapshot.merge.ordinal)).toEqual(
      Array.from({ length: MERGES }, (_, index) => index + 1),
    );
  });
});
