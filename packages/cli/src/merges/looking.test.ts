/** What commands that only look say of merges that wait, of rights that are missing and of another own schema. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createOrchestratorTables, openPostgresql } from '@ephemetry/merge-analyzer';
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type RunningProgram,
  startPostgresServer,
  waitFor,
} from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

const programs = findPostgresPrograms();
const isMissing = programs === undefined;
const merge = (workItemId: string): string => `insert into events_outbox (kind, work_item_id, payload)
  values ('moved', '${workItemId}', '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}');`;

/** Merges once and leaves the transaction open; its process, as the server numbers it. */
async function mergeInTransaction(
  writer: ChildProcess,
): Promise<{ readonly writer: ChildProcess; readonly pid: number }> {
  let said = '';
  writer.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  writer.stdin?.write(`begin; ${merge('slow')} select 'process ' || pg_backend_pid();\n`);
  await waitFor(() => /process \d+/.test(said), { what: 'the open transaction' });
  return { writer, pid: Number(/process (\d+)/.exec(said)?.[1]) };
}

describe.skipIf(isMissing)(`looking at merges${isMissing ? ` (${POSTGRESQL_NEEDED})` : ''}`, () => {
  async function start() {
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    const orchestrator = openPostgresql({ url: server.url });
    onTestFinished(() => orchestrator.close());
    await createOrchestratorTables(orchestrator);
    const psql = join(programs ?? '', 'psql');
    const options = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1'];
    const run = (statement: string): unknown =>
      execFileSync(psql, [server.url, ...options, '--command', statement]);
    const session = (): ChildProcess => {
      const child = spawn(psql, [server.url, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
      onTestFinished(() => void child.kill());
      return child;
    };
    return { server, run, session };
  }

  it('the page names how many merges wait, and for which process', async () => {
    const { server, run, session } = await start();
    const database = ['--database', server.url];
    const { writer, pid } = await mergeInTransaction(session());
    run(merge('quick'));
    run(merge('quicker'));
    const page = await runCommand(['merges', ...database]);
    expect(page).toMatchObject({ code: 0 });
    const line =
      /^held back {4}2 merges wait for an older transaction to end \(process (\d+), open for \d+ s\)$/m;
    expect(page.stdout).toMatch(line);
    expect(Number(line.exec(page.stdout)?.[1])).toBe(pid);
    const [json] = jsonLines((await runCommand(['merges', '--json', ...database])).stdout);
    expect(json).toMatchObject({ merges: 0, held_back: 2, held_back_by: { pid } });
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    writer.stdin?.end('commit;\n');
    await ended;
    const after = await runCommand(['merges', ...database]);
    expect(after.stdout).not.toContain('held back');
    expect(after.stdout).toMatch(/^merges {7}3\b/m);
  });

  it.each([
    ['in words', [], /^2 merges wait for the transaction of process (\d+), open for \d+ min$/gm],
    ['as JSON', ['--json'], /^\{.*"event":"held-back","merge_events":2,"pid":(\d+),"age_seconds":.*\}$/gm],
  ] as const)(
    'watch names the process that merges wait for, %s, and counts them after it',
    async (_, flags, line) => {
      const { server, run, session } = await start();
      const { writer, pid } = await mergeInTransaction(session());
      run(merge('quick'));
      run(merge('quicker'));
      const options = ['--held-back-notice-ms', '50', '--poll-interval-ms', '20', '--database', server.url];
      let printed = '';
      let isStopped = false;
      const act = (text: string, program: RunningProgram): void => {
        printed += text;
        if (printed.search(line) >= 0 && !writer.stdin?.writableEnded) writer.stdin?.end('commit;\n');
        if (isStopped || !/analyzed: 3 merges|"event":"analyzed","merges":3/.test(printed)) return;
        // Once: a second signal would end it the hard way.
        isStopped = true;
        program.kill('SIGTERM');
      };
      const watched = await runCommand(['merges', 'watch', ...flags, ...options], {
        onStdout: act,
        onStderr: act,
      });
      expect(watched).toMatchObject({ code: 0, survivors: [] });
      const notices = [...printed.matchAll(line)];
      expect(notices.map(([, named]) => Number(named))).toEqual([pid]);
    },
  );

  it.each([
    ['explain', ['explain', 'first_pass_merge_rate']],
    ['history', ['history', 'first_pass_merge_rate']],
  ])(
    '%s names the statements that grant what the role lacks, and the other own schema',
    async (_, command) => {
      const { server, run } = await start();
      run(merge('w1'));
      const analyzed = ['merges', '--own-schema', 'elsewhere', '--database', server.url];
      expect(await runCommand(analyzed)).toMatchObject({ code: 0 });
      run('create role operator login; grant select on all tables in schema public to operator;');
      const database = ['--database', server.url.replace('postgres@', 'operator@')];
      const looked = await runCommand(['merges', ...command, ...database]);
      expect(looked).toMatchObject({ code: 0 });
      expect(looked.stderr).toMatch(
        /^only read: the role may only read; the rates are computed in memory now/m,
      );
      expect(looked.stderr).toMatch(
        /^elsewhere {4}the schema elsewhere has stored rates: --own-schema names it$/m,
      );
      expect(looked.stderr).toMatch(/^lacks {8}grant insert on public\.events_outbox to operator$/m);
    },
  );
});
