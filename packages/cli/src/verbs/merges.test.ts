// biome-ignore-all lint/style/noExcessiveLinesPerFile: each verb of the family on one made database
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPglite } from '@ephemetry/merge-analyzer';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { type Orchestrator, startOrchestrator } from '../../../merge-analyzer/test/orchestrator.ts';
import { madeDatabase } from '../fixtures/made-database.ts';
import { type HistoryMerge, historyLines, merges } from '../fixtures/merge-history.ts';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

const copyDatabase = madeDatabase();

/** A PGlite directory and the files beside it. */
interface Place {
  readonly file: string;
  readonly database: string;
}

/** One with a database that holds no merge. */
function makePlace(test: Pick<TestContext, 'onTestFinished'>): Place {
  const directory = temporaryDirectory();
  test.onTestFinished(directory.remove);
  const place = { file: join(directory.path, 'history.jsonl'), database: join(directory.path, 'database') };
  copyDatabase(place.database);
  return place;
}

async function importInto(
  { file, database }: Place,
  history: readonly HistoryMerge[],
  first = 1,
): Promise<Ended> {
  writeFileSync(file, historyLines(history, first));
  return runCommand(['merges', 'import', file, '--database', database]);
}

/** Between two commands: one process at a time has the directory. */
async function asOrchestrator(
  { database }: Place,
  act: (orchestrator: Orchestrator) => Promise<unknown>,
): Promise<void> {
  const opened = openPglite({ pglite: database });
  try {
    await act(await startOrchestrator(opened));
  } finally {
    await opened.close();
  }
}

/** 100 merges of alpha, then 10 of beta with two attempts and a conflict each. */
const TWO_PROJECTS = [
  ...merges(100),
  ...merges(10, { project: 'beta', attempts: 2, verdict: 'rebase_conflict' }),
];

describe.concurrent('ephemetry merges', () => {
  it('says what is undefined and why; null with n and window in JSON', async (test) => {
    const place = makePlace(test);
    expect(await importInto(place, merges(23))).toMatchObject({
      code: 0,
      stdout: '23 merges imported, 0 known already, 0 refused; 0 threshold crossings\n',
      stderr: '',
    });
    const shown = await runCommand(['merges', '--database', place.database]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(`database     ${place.database}\n             named by --database\n`);
    expect(shown.stdout).toMatch(/\nmerges +23, the newest [0-9]+ \w+ ago \(w23 of alpha, 2026-01-05T/);
    expect(shown.stdout).toMatch(
      /\nfirst_pass_merge_rate +global +undefined \(n=23\/50\) +unknown +needs 27 more merges\n/,
    );
    expect(shown.stdout).toMatch(
      /\nrebase_conflict_rate +project:alpha +undefined \(n=23\/100\) +unknown +uses the global rate: it has 23 of the 100 merges it needs; needs 77 more merges\n/,
    );
    const { stdout } = await runCommand('merges --json', {
      env: { EPHEMETRY_MERGES_DATABASE: place.database },
    });
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({
        merges: 23,
        newest_merge: expect.objectContaining({ work_item_id: 'w23', age_seconds: expect.any(Number) }),
        global: expect.objectContaining({
          first_pass_merge_rate: { value: null, fraction: null, n: 23, window: 50, state: 'unknown' },
        }),
      }),
    ]);
  });

  it('shows rates with the counts they come from, per project, and whose rate it is', async (test) => {
    const place = makePlace(test);
    await importInto(place, TWO_PROJECTS);
    const { stdout } = await runCommand(['merges', '--database', place.database]);
    expect(stdout).toMatch(/\nfirst_pass_merge_rate +global +0.8 \(40\/50\) +high\n/);
    expect(stdout).toMatch(/\nrebase_conflict_rate +global +0.1 \(10\/100\) +high\n/);
    expect(stdout).toMatch(/\nrebase_conflict_rate +project:alpha +0 \(0\/100\) +low\n/);
    expect(stdout).toMatch(
      /\nrebase_conflict_rate +project:beta +0.1 \(10\/100\) +high +uses the global rate: it has 10 of the 100 merges it needs\n/,
    );
    expect(stdout).toMatch(/\np95_attempts_to_merge +global +2\n/);
  });

  it('history shows how a rate moved and what crossed; explain shows what each merge counts', async (test) => {
    const place = makePlace(test);
    await importInto(place, [...merges(50), ...merges(15, { attempts: 2 })]);
    const at = ['--database', place.database];
    const history = await runCommand(['merges', 'history', 'first_pass_merge_rate', '--limit', '2', ...at]);
    expect(history).toMatchObject({ code: 0, stderr: '' });
    expect(history.stdout).toMatch(
      /^MERGE +MERGED AT +WORK ITEM +VALUE +SOURCE +CROSSED\n +65 +2026\S+ +w65 +0.7 \(35\/50\) +global +down\n +64 +2026\S+ +w64 +0.72 \(36\/50\) +global\n$/,
    );
    const all = await runCommand(['merges', 'history', 'first_pass_merge_rate', '--json', ...at]);
    const crossed = jsonLines(all.stdout).filter((entry) => entry['crossed'] !== null);
    expect(jsonLines(all.stdout)).toHaveLength(65);
    expect(crossed.map(({ ordinal, crossed: direction }) => [ordinal, direction])).toEqual([
      [65, 'down'],
      [50, 'up'],
    ]);
    const explained = await runCommand(['merges', 'explain', 'first_pass_merge_rate', ...at]);
    expect(explained.stdout).toMatch(/value +0.7 \(35\/50\)\nstate +low; low at 70 % or less, high at 85 %/);
    expect(explained.stdout).toMatch(/\n +65 +2026\S+ +w65 +alpha +2 +no +0\n/);
    expect(explained.stdout).toMatch(/\n +16 +2026\S+ +w16 +alpha +1 +no +1 +leaves with the next merge\n$/);
    const json = await runCommand(['merges', 'explain', 'p95_attempts_to_merge', '--json', ...at]);
    expect(jsonLines(json.stdout)).toEqual([
      expect.objectContaining({ reading: { value: null, fraction: null, n: 65, window: 100 } }),
    ]);
  });

  it('import adds nothing twice, names the lines it refuses, and exits with 1 then', async (test) => {
    const place = makePlace(test);
    await importInto(place, merges(2));
    writeFileSync(place.file, `${historyLines(merges(3))}nonsense\n{"work_item_id":"x"}\n`);
    const again = await runCommand(['merges', 'import', place.file, '--database', place.database]);
    expect(again).toMatchObject({
      code: 1,
      stdout: '1 merge imported, 2 known already, 2 refused; 0 threshold crossings\n',
      stderr:
        'line 4 is refused: not a JSON object\nline 5 is refused: project is missing; allowed: text of 1 to 1024 bytes\n',
    });
  });

  it('import says that a line it wrote was left out, and exits with 1 then', async (test) => {
    const place = makePlace(test);
    await importInto(place, merges(1));
    await asOrchestrator(place, async ({ run, table }) => {
      await run(`create function spoil() returns trigger language plpgsql as
        $$ begin new.payload = new.payload || '{"attempts":0}'; return new; end $$`);
      await run(
        `create trigger spoil before insert on ${table('events_outbox')} for each row execute function spoil()`,
      );
    });
    expect(await importInto(place, merges(1), 2)).toMatchObject({
      code: 1,
      stdout: '1 merge imported, 0 known already, 0 refused; 0 threshold crossings\n',
      stderr: '1 merge event was left out; `ephemetry merges` names them\n',
    });
  });

  it('rebuild reads again what was left out, refuses to forget, and takes the tolerance of every command', async (test) => {
    const place = makePlace(test);
    await importInto(place, merges(3));
    const at = ['--database', place.database];
    await asOrchestrator(place, async (orchestrator) => {
      await orchestrator.merge({ workItemId: 'early', createdAt: '2025-12-31T00:00:00Z' });
    });
    const shown = await runCommand(['merges', ...at]);
    expect(shown.stderr).toMatch(
      /^left out: event [0-9]+ \(work item early\): .*clockToleranceMs is 3600000\n$/,
    );
    expect(await runCommand(['merges', 'rebuild', ...at])).toMatchObject({
      code: 0,
      stdout: 'rebuilt: 3 merges, 0 of them found now; 0 threshold crossings, 0 left out\n',
      stderr: '',
    });
    expect(await runCommand(['merges', 'rebuild', '--retry-quarantined', ...at])).toMatchObject({
      code: 0,
      stdout: 'rebuilt: 4 merges, 1 of them found now; 0 threshold crossings, 0 left out\n',
      stderr: '',
    });
    await asOrchestrator(place, async (orchestrator) => {
      await orchestrator.merge({ workItemId: 'noon', createdAt: '2026-01-01T12:00:00Z' });
      await orchestrator.merge({ workItemId: 'half a day before', createdAt: '2026-01-01T00:00:00Z' });
    });
    const tolerant = ['merges', '--clock-tolerance-ms', '86400000', ...at, '--json'];
    expect(jsonLines((await runCommand(tolerant)).stdout)).toMatchObject([
      { merges: 6, quarantine: { count: 0 } },
    ]);
    await asOrchestrator(place, ({ run, table }) => run(`truncate ${table('events_outbox')}`));
    const pruned = await runCommand(['merges', 'rebuild', ...at]);
    expect(pruned).toMatchObject({ code: 1, stdout: '' });
    expect(pruned.stderr).toMatch(/^6 merges were counted, and events_outbox records 0 of them/);
  });

  it('watch catches up, keeps other processes out of the directory, and stops at a signal', async (test) => {
    const place = makePlace(test);
    await importInto(place, merges(50));
    let other: Promise<Ended> | undefined;
    const watched = await runCommand(['merges', 'watch', '--database', place.database], {
      onStdout: (_text, program) => {
        other ??= runCommand(['merges', '--database', place.database]).finally(() => program.kill('SIGTERM'));
      },
    });
    expect(watched).toMatchObject({
      code: 0,
      stdout:
        'ready: 0 merges, 0 crossings, 0 left out\nstopped: 0 merges, 0 crossings, 0 left out, 0 reconnects\n',
      stderr: '',
      survivors: [],
    });
    if (process.platform !== 'linux') return;
    expect(await other).toMatchObject({ code: 1, stdout: '' });
    expect((await other)?.stderr).toMatch(/is in use: another program, .*named by --database/);
  });

  it('watch waits for a database that is not there, says so once, and stops at a signal', async () => {
    const url = 'postgres://somebody:secret@127.0.0.1:1/nowhere';
    let tried = 0;
    const watched = await runCommand(['merges', 'watch', '--json', '--database', url], {
      onStdout: (text, program) => {
        // Once: a second signal would end it the hard way.
        if (tried < 3 && tried + jsonLines(text).length >= 3) program.kill('SIGINT');
        tried += jsonLines(text).length;
      },
    });
    expect(watched).toMatchObject({ code: 0, survivors: [] });
    expect(watched.stderr).toMatch(/^the database cannot be reached, trying again: .*ECONNREFUSED.*\n$/);
    const events = jsonLines(watched.stdout);
    expect(events[0]).toMatchObject({ event: 'disconnected', retry_in_ms: 100 });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', merges: 0, reconnects: events.length - 1 });
  });
});

describe.concurrent('ephemetry merges without a database', () => {
  it('makes none by looking, and says where it looked', async () => {
    using directory = temporaryDirectory();
    const ended = await runCommand('merges', { home: directory.path });
    const path = `${directory.path}/.local/state/ephemetry/merges`;
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toBe(
      `there is no database yet: \`ephemetry merges import <file>\` makes one; for PostgreSQL give --database postgres://… (database ${path}, the default; --database or EPHEMETRY_MERGES_DATABASE names another)\n`,
    );
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['EPHEMETRY_MERGES_DATABASE is blank', { EPHEMETRY_MERGES_DATABASE: ' ' }, 'home/.local/state'],
    ['XDG_STATE_HOME is relative', { XDG_STATE_HOME: 'state' }, 'home/.local/state'],
    ['XDG_STATE_HOME is absolute', { XDG_STATE_HOME: '<root>/state' }, 'state'],
  ])('looks beside the default spool when %s', async (_name, variables, below) => {
    using directory = temporaryDirectory();
    const root = directory.path;
    const env = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, value.replace('<root>', root)]),
    );
    const ended = await runCommand('merges', { home: join(root, 'home'), env, cwd: root });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(`(database ${root}/${below}/ephemetry/merges, the default;`);
  });

  it('puts no database where temporary files go', async () => {
    using directory = temporaryDirectory();
    const ended = await runCommand('merges import /dev/null', { home: 'relative', cwd: directory.path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toBe(
      'There is no directory for a database: neither XDG_STATE_HOME nor HOME is an absolute path. Name one with --database or EPHEMETRY_MERGES_DATABASE.\n',
    );
  });

  it('import says once that it makes one, before it takes seconds', async () => {
    using directory = temporaryDirectory();
    const at = ['--database', join(directory.path, 'database')];
    const first = await runCommand(['merges', 'import', '/dev/null', ...at]);
    expect(first).toMatchObject({
      code: 0,
      stderr: `there is no database in ${directory.path}/database yet; making one\n`,
    });
    const second = await runCommand(['merges', 'import', '/dev/null', ...at]);
    expect(second).toMatchObject({ code: 0, stderr: '' });
  });

  it('import makes none for a file that is not there, nor in a directory of something else', async () => {
    using directory = temporaryDirectory();
    const database = join(directory.path, 'database');
    const missing = await runCommand(['merges', 'import', `${directory.path}/none`, '--database', database]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^nothing is imported: \S+ does not exist\n$/);
    expect(existsSync(database)).toBe(false);
    mkdirSync(database);
    writeFileSync(join(database, 'holiday.jpg'), '');
    const other = await runCommand(['merges', 'import', '/dev/null', '--database', database]);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toMatch(/^\S+\/database holds other files than a whole PGlite database\./);
  });

  it('reads EPHEMETRY_DATABASE too, as the variable was called, and says so in one line', async () => {
    using directory = temporaryDirectory();
    const [old, now] = [join(directory.path, 'old'), join(directory.path, 'now')];
    const notice = 'EPHEMETRY_DATABASE is now EPHEMETRY_MERGES_DATABASE; the old name works until 1.0\n';
    const alone = await runCommand('merges', { env: { EPHEMETRY_DATABASE: old } });
    expect(alone.stderr).toMatch(
      new RegExp(`^${notice}there is no database yet: .*database ${old}, named by EPHEMETRY_DATABASE`),
    );
    const both = await runCommand('merges', {
      env: { EPHEMETRY_DATABASE: old, EPHEMETRY_MERGES_DATABASE: now },
    });
    expect(both.stderr).toMatch(
      new RegExp(`^there is no database yet: .*database ${now}, named by EPHEMETRY_M`),
    );
  });

  it('tells no password when the server cannot be reached', async () => {
    const url = 'postgres://somebody:secret@127.0.0.1:1/nowhere';
    const ended = await runCommand('merges', { env: { EPHEMETRY_MERGES_DATABASE: url } });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^the database cannot be reached: .*ECONNREFUSED.*somebody:\*\*\*@127/);
    expect(ended.stderr).not.toContain('secret');
  });

  it.each([
    ['merges --database mysql://u:secret@h/d', /begins with mysql:\/\/\. Allowed: postgres:/],
    [
      'merges explain nonsense',
      /<metric> is 'nonsense'; allowed: one of first_pass_merge_rate, rebase_conflict_rate, p95_/,
    ],
    ['merges nonsense', /allowed verbs: explain, history, import, rebuild, watch; ephemetry merges --help/],
    ['merges history p95_attempts_to_merge --limit 0', /whole number from 1 to 1000000/],
    ['merges rebuild --clock-tolerance-ms 1h', /whole number from 0 to 31536000000/],
    ['merges watch --wtach', /allowed options: --database, .*; ephemetry merges watch --help/],
  ])('"%s" is refused with exit code 2', async (line, allowed) => {
    const ended = await runCommand(line);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr.replaceAll('\n', ' ')).toMatch(allowed);
    expect(ended.stderr).not.toContain('secret');
  });
});
