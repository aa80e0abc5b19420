/** `health serve` as users run it: what it shows, what it keeps, and how it ends. */
import { join } from 'node:path';
import { openPostgresqlDatabase } from '@ephemetry/store/postgresql';
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type ProgramOptions,
  startPostgresServer,
  waitFor,
} from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deployment, twoTargets } from '../fixtures/health-deployment.ts';
import { runCommand } from '../fixtures/run-command.ts';

describe('serve', () => {
  /** Runs until `look` has seen what it wants, and then sends the signal. */
  async function serve(
    scene: ProgramOptions & { readonly cwd: string },
    signal: NodeJS.Signals,
    look: (url: string) => Promise<boolean>,
    rest = '--state state',
  ) {
    let signalledMs = 0;
    let url = '';
    const ended = await runCommand(`health serve --listen 127.0.0.1:0 --interval 1s ${rest}`, {
      ...scene,
      timeoutMs: 60_000,
      onStderr: (text, program) => {
        const [, found] = /(http:\/\/\S+)\/metrics/.exec(text) ?? [];
        if (found === undefined) return;
        url = found;
        void waitFor(() => look(found), { what: 'the metrics' }).finally(() => {
          signalledMs = performance.now();
          program.kill(signal);
        });
      },
    });
    return { ended, url, endMs: performance.now() - signalledMs };
  }

  /** Probes of ezra so far, as the page shows them. */
  async function probes(url: string): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/health_probes_total\{.*state="up",target="ezra".*\} (\d+)/.exec(text)?.[1] ?? 0);
  }

  test('shows rounds, answers /healthz, and ends within a second of SIGTERM with an idle connection open', async () => {
    const scene = deployment(await twoTargets());
    const { ended, endMs } = await serve(scene, 'SIGTERM', async (url) => {
      expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
      return (await probes(url)) >= 2;
    });
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(endMs).toBeLessThan(1_000);
    expect(ended.stdout).toBe(
      '2 targets: 1 up, 1 down\nmail is down: the connection was refused (ECONNREFUSED)\n',
    );
  });

  test('counts on where a killed one ended, and never shows less than before', async () => {
    const scene = deployment(await twoTargets());
    let seen = 0;
    await serve(scene, 'SIGKILL', async (url) => {
      seen = await probes(url);
      return seen >= 2;
    });
    let first = -1;
    await serve(scene, 'SIGTERM', async (url) => {
      first = await probes(url);
      return true;
    });
    expect(first).toBeGreaterThanOrEqual(seen);
  });

  test('keeps the counters of targets that --only leaves out', async () => {
    const scene = deployment(await twoTargets());
    let seen = 0;
    await serve(scene, 'SIGTERM', async (url) => {
      seen = await probes(url);
      return seen >= 2;
    });
    let between = -1;
    const mail = async (url: string): Promise<boolean> => {
      between = await probes(url);
      return (await (await fetch(`${url}/metrics`)).text()).includes('health_target_state{');
    };
    await serve(scene, 'SIGTERM', mail, '--state state --only mail');
    let last = -1;
    await serve(scene, 'SIGTERM', async (url) => {
      last = await probes(url);
      return true;
    });
    expect(between).toBeGreaterThanOrEqual(seen);
    expect(last).toBeGreaterThanOrEqual(between);
  });

  test('shows no counter that could not be kept, and the states all the same', async () => {
    const scene = deployment(await twoTargets());
    let kept = 0;
    await serve(scene, 'SIGKILL', async (url) => {
      kept = await probes(url);
      return kept >= 1;
    });
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(join(scene.cwd, 'state', 'health.sqlite'));
    database.exec(`create trigger full before insert on total begin select raise(abort, 'no room'); end`);
    const { totals } = database.prepare('select totals from total').get() ?? {};
    database.close();
    const [, keptLast] = /up.*?ezra.*?:(\d+)/.exec(String(totals)) ?? [];
    let shown = -1;
    const { ended } = await serve(scene, 'SIGTERM', async (url) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      shown = await probes(url);
      return /health_target_state\{.*state="up",target="ezra".*\} 1/.test(text);
    });
    expect(ended.stderr).toMatch(/the counters of this round were not kept: .*no room/);
    expect(shown).toBe(Number(keptLast));
  });

  test.each([
    ['a row that is cut off', `update total set totals = substr(totals, 1, 20)`, /cannot be read/],
    ['a row of something else', `update total set totals = '{"counters":{"a":{"b":"c"}}}'`, /cannot be read/],
    ['a table of something else', 'alter table total rename column totals to other', /cannot be read/],
  ])('refuses %s in words', async (_name, sql, message) => {
    const scene = deployment(await twoTargets());
    await serve(scene, 'SIGTERM', async (url) => (await probes(url)) >= 1);
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(join(scene.cwd, 'state', 'health.sqlite'));
    database.exec(sql);
    database.close();
    const ended = await runCommand('health serve --listen 127.0.0.1:0 --state state', scene);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test.skipIf(findPostgresPrograms() === undefined)(
    `ends within a second of SIGTERM while PostgreSQL does not answer${findPostgresPrograms() === undefined ? ` (${POSTGRESQL_NEEDED})` : ''}`,
    async () => {
      const server = await startPostgresServer();
      onTestFinished(() => server.stop());
      const database = openPostgresqlDatabase({ url: server.url });
      onTestFinished(() => database.close());
      const scene = deployment(await twoTargets());
      const place = `--state ${server.url}`;
      const { ended, endMs } = await serve(
        scene,
        'SIGTERM',
        async (url) => {
          if ((await probes(url)) === 0) return false;
          const connection = await database.acquire();
          await connection.query('begin');
          await connection.query('lock table ephemetry_health.total in access exclusive mode');
          await waitFor(
            async () => {
              const { rows } = await connection.query(
                `select 1 from pg_stat_activity where wait_event_type = 'Lock'`,
              );
              return rows.length > 0;
            },
            { what: 'a save that waits' },
          );
          return true;
        },
        place,
      );
      expect(ended).toMatchObject({ code: 0, signal: null });
      expect(endMs).toBeLessThan(1_000);
    },
  );
});
