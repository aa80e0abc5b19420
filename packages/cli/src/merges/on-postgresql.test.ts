/** The commands on a real PostgreSQL, where several programs look at once. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOrchestratorTables, openPostgresql } from '@ephemetry/merge-analyzer';
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  startPostgresServer,
  temporaryDirectory,
} from '@ephemetry/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { historyLines, merges } from '../fixtures/merge-history.ts';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

const isMissing = findPostgresPrograms() === undefined;

/** A server of the test's own, and an orchestrator's empty tables in it. */
async function startOrchestrator({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const server = await startPostgresServer();
  onTestFinished(() => server.stop());
  const orchestrator = openPostgresql({ url: server.url });
  onTestFinished(() => orchestrator.close());
  await createOrchestratorTables(orchestrator);
  return { server, orchestrator };
}

describe.concurrent('commands on PostgreSQL', () => {
  it.skipIf(isMissing)(
    `watch says what it analyzed, and what another program was faster with${isMissing ? ` (${POSTGRESQL_NEEDED})` : ''}`,
    async ({ onTestFinished }) => {
      const directory = temporaryDirectory();
      onTestFinished(directory.remove);
      const { server, orchestrator } = await startOrchestrator({ onTestFinished });
      const database = ['--database', server.url];
      const importMerges = async (first: number, amount: number): Promise<void> => {
        const file = join(directory.path, 'history.jsonl');
        writeFileSync(file, historyLines(merges(amount), first));
        expect(await runCommand(['merges', 'import', file, ...database])).toMatchObject({ code: 0 });
      };
      const merge = async (workItemId: string): Promise<void> => {
        const payload = JSON.stringify({
          target: 'merged',
          attempts: 1,
          last_verdict: null,
          project: 'alpha',
        });
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
      const watch = ['merges', 'watch', '--poll-interval-ms', '3600000', ...database];
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
      const shown = await runCommand(['merges', '--json', ...database]);
      expect(jsonLines(shown.stdout)).toMatchObject([{ merges: 6, newest_merge: { work_item_id: 'live' } }]);
    },
  );

  it.skipIf(isMissing)(
    'a role that may only read gets the page, with what it lacks and how far it is behind',
    async ({ onTestFinished }) => {
      const server = await startPostgresServer();
      onTestFinished(() => server.stop());
      const directory = temporaryDirectory();
      onTestFinished(directory.remove);
      const orchestrator = openPostgresql({ url: server.url });
      onTestFinished(() => orchestrator.close());
      await createOrchestratorTables(orchestrator);
      const file = join(directory.path, 'history.jsonl');
      writeFileSync(file, historyLines(merges(60)));
      expect(await runCommand(['merges', 'import', file, '--database', server.url])).toMatchObject({
        code: 0,
      });
      const psql = join(findPostgresPrograms() ?? '', 'psql');
      const run = (statement: string): unknown =>
        execFileSync(psql, [server.url, '--no-psqlrc', '--set=ON_ERROR_STOP=1', '--command', statement]);
      run('create role operator login');
      const database = ['--database', server.url.replace('postgres@', 'operator@')];
      const refused = await runCommand(['merges', 'watch', ...database]);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('grant insert on public.events_outbox to operator');
      run('grant select on all tables in schema public to operator');
      const unsure = await runCommand(['merges', ...database]);
      const statement = 'grant select on sequence events_outbox_id_seq to this role';
      expect(unsure).toMatchObject({ code: 0, stderr: expect.stringContaining(statement) });
      run('grant select on all sequences in schema public to operator');
      const folded = await runCommand(['merges', ...database]);
      expect(folded).toMatchObject({ code: 0, stderr: '' });
      expect(folded.stdout).toMatch(
        /^only read {4}the role may only read; the rates are computed in memory now/m,
      );
      expect(folded.stdout).toMatch(/^lacks {8}grant usage on schema ephemetry to operator$/m);
      run('grant usage on schema ephemetry to operator');
      run('grant select on all tables in schema ephemetry to operator');
      const stored = await runCommand(['merges', ...database]);
      expect(stored.stdout).toMatch(/the rates are stored by the analyzer/);
      expect(stored.stdout).toMatch(/^behind {7}0 merge events are not in the rates yet$/m);
      const history = await runCommand([
        'merges',
        'history',
        'first_pass_merge_rate',
        '--limit',
        '2',
        ...database,
      ]);
      expect(history).toMatchObject({ code: 0 });
      expect(history.stdout.split('\n')).toHaveLength(4);
    },
  );

  it.skipIf(isMissing)(
    'what was seen when the database was opened is said once by every command, with what helps',
    async ({ onTestFinished }) => {
      const { server } = await startOrchestrator({ onTestFinished });
      const psql = join(findPostgresPrograms() ?? '', 'psql');
      const run = (statement: string): unknown =>
        execFileSync(psql, [server.url, '--no-psqlrc', '--set=ON_ERROR_STOP=1', '--command', statement]);
      run('alter table events_outbox alter column id set cache 20');
      const warning =
        /^warning: [^\n]*CACHE[^\n]*alter table events_outbox alter column id set cache 1[^\n]*\n$/;
      const database = ['--database', server.url];
      for (const command of [[], ['rebuild'], ['explain', 'first_pass_merge_rate']]) {
        const ended = await runCommand(['merges', ...command, ...database]);
        expect(ended, command[0]).toMatchObject({ code: 0 });
        expect(ended.stderr, command[0]).toMatch(warning);
      }
      const watched = await runCommand(['merges', 'watch', '--json', ...database], {
        onStdout: (text, program) => {
          if (text.includes('"event":"ready"')) program.kill('SIGTERM');
        },
      });
      expect(watched).toMatchObject({ code: 0 });
      expect(watched.stderr).toMatch(warning);
      const [shown] = jsonLines((await runCommand(['merges', '--json', ...database])).stdout);
      expect(shown).toMatchObject({ warnings: [expect.stringContaining('CACHE')], held_back: 0 });
      run('alter table events_outbox alter column id set cache 1');
      expect(await runCommand(['merges', ...database])).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it.skipIf(isMissing)('JSON of every command has its names in snake_case', async ({ onTestFinished }) => {
    const directory = temporaryDirectory();
    onTestFinished(directory.remove);
    const { server } = await startOrchestrator({ onTestFinished });
    const file = join(directory.path, 'history.jsonl');
    writeFileSync(file, historyLines(merges(60)));
    const database = ['--json', '--database', server.url];
    for (const command of [
      ['import', file],
      [],
      ['rebuild'],
      ['explain', 'first_pass_merge_rate'],
      ['history', 'first_pass_merge_rate', '--limit', '1'],
    ]) {
      const { code, stdout } = await runCommand(['merges', ...command, ...database]);
      expect(code, stdout).toBe(0);
      const names = [...stdout.matchAll(/"([^"]*)":/g)].map(([, name]) => name ?? '');
      expect(names.length).toBeGreaterThan(3);
      for (const name of names) expect(name).toMatch(/^[a-z0-9_]+$/);
    }
  });
});
