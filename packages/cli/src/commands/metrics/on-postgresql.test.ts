/** The commands on a real PostgreSQL, where several programs look at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOrchestratorTables, openPostgresql } from '@ephemetry/merge-analyzer';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, it, onTestFinished } from 'vitest';
import {
  findPrograms,
  POSTGRESQL_NEEDED,
  startPostgresServer,
} from '../../../../merge-analyzer/test/postgres-server.ts';
import { historyLines, merges } from '../../fixtures/merge-history.ts';
import { jsonLines, runCommand } from '../../fixtures/run-command.ts';

const isMissing = findPrograms() === undefined;

it.skipIf(isMissing)(
  `watch says what it analyzed, and what another program was faster with${isMissing ? ` (${POSTGRESQL_NEEDED})` : ''}`,
  async () => {
    const directory = temporaryDirectory();
    onTestFinished(directory.remove);
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    const orchestrator = openPostgresql({ url: server.url });
    onTestFinished(() => orchestrator.close());
    await createOrchestratorTables(orchestrator);
    const database = ['--database', server.url];
    const importMerges = async (first: number, amount: number): Promise<void> => {
      const file = join(directory.path, 'history.jsonl');
      writeFileSync(file, historyLines(merges(amount), first));
      expect(await runCommand(['metrics', 'import', file, ...database])).toMatchObject({ code: 0 });
    };
    const merge = async (workItemId: string): Promise<void> => {
      const payload = JSON.stringify({ target: 'merged', attempts: 1, last_verdict: null, project: 'alpha' });
      await orchestrator.kysely
        .withTables<{ events_outbox: { kind: string; work_item_id: string; payload: string } }>()
        .insertInto('events_outbox')
        .values({ kind: 'transition', work_item_id: workItemId, payload })
        .execute();
    };
    const notify = (): Promise<unknown> =>
      orchestrator.kysely
        .selectNoFrom(({ fn, val }) => fn('pg_notify', [val('events_outbox'), val('')]).as('notified'))
        .execute();

    await importMerges(1, 3);
    // One thing after each line, so that no two of them can be told in one.
    const next = [() => importMerges(4, 2).then(notify), () => merge('live').then(notify)];
    const acted: Promise<unknown>[] = [];
    let isStopped = false;
    const watch = ['metrics', 'watch', '--poll-interval-ms', '3600000', ...database];
    const watched = await runCommand(watch, {
      onStdout: (_text, program) => {
        const act = next.shift();
        if (act !== undefined) acted.push(act());
        // Once: a second signal would end it the hard way.
        else if (!isStopped) program.kill('SIGTERM');
        isStopped = act === undefined;
      },
    });
    await Promise.all(acted);
    expect(watched).toMatchObject({
      code: 0,
      stdout: [
        'ready: 0 merges, 0 crossings, 0 left out',
        'elsewhere: 2 merges analyzed by another program',
        'analyzed: 1 merge, 0 crossings, 0 left out',
        'stopped: 1 merge, 0 crossings, 0 left out, 0 reconnects',
        '',
      ].join('\n'),
      stderr: '',
    });
    const shown = await runCommand(['metrics', '--json', ...database]);
    expect(jsonLines(shown.stdout)).toMatchObject([{ merges: 6, newestMerge: { workItemId: 'live' } }]);
  },
  60_000,
);
