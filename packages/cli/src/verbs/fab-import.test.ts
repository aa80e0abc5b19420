import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, readTotals, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { perf } from '../fab-import/fixtures/perf-file.ts';
import { fileKey } from '../fab-import/import-state.ts';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

const KILL_AT_CALL = fileURLToPath(new URL('../fixtures/kill-at-call.ts', import.meta.url));

/** A fab's directory, and a home with a spool in it. */
class Workplace implements Disposable {
  readonly path: string;
  readonly spool: string;
  readonly #remove: () => void;

  constructor() {
    const directory = temporaryDirectory();
    this.#remove = directory.remove;
    this.path = join(directory.path, 'work');
    this.spool = join(directory.path, 'home', 'spool');
    mkdirSync(this.path);
  }

  [Symbol.dispose](): void {
    this.#remove();
  }

  write(content: unknown): void {
    writeFileSync(
      join(this.path, '.fab-perf.json'),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }

  import(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    execArgv: readonly string[] = [],
  ): Promise<Ended> {
    const spoolOnly = { EPHEMETRY_SPOOL_DIR: this.spool, EPHEMETRY_DELIVERY: 'spool-only' };
    return runCommand(['fab', 'import', ...args], {
      cwd: this.path,
      env: { ...spoolOnly, ...env },
      execArgv,
    });
  }

  /** Sessions in the spool, whichever role. */
  sessions(): number {
    const files = readdirSync(this.spool).filter((name) => name.endsWith('.jsonl'));
    const lines = files.map((name) => readFileSync(join(this.spool, name), 'utf8')).join('');
    const byRole = readTotals(lines).counters['fab_agent_sessions_total'] ?? {};
    return Object.values(byRole).reduce((sum, sessions) => sum + sessions, 0);
  }
}

describe.concurrent('ephemetry fab import', () => {
  it.each([
    ['its state', (home: string, key: string) => join(home, 'fab-import', `${key}.json`)],
    ['the folder of states', (home: string) => join(home, 'fab-import')],
    ['its lock', (home: string, key: string) => join(home, 'fab-import', `${key}.json.lock`)],
    ['its staging', (home: string, key: string) => join(home, 'spool', `fab-import-${key}`)],
  ])('is held up by no pipe in the place of %s: it says what lies there', async (_, placeOf) => {
    using fab = new Workplace();
    fab.write(perf(1));
    const home = dirname(fab.spool);
    const place = placeOf(home, fileKey(realpathSync(join(fab.path, '.fab-perf.json'))));
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    execFileSync('mkfifo', [place]);
    const ended = await fab.import();
    expect(ended).toMatchObject({ signal: null, survivors: [] });
    if (ended.code !== 0) expect(ended.stderr).toContain(place);
  });

  it('does not remember in a folder that all may write to', async () => {
    using fab = new Workplace();
    fab.write(perf(1));
    const folder = join(dirname(fab.spool), 'fab-import');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o777);
    const ended = await fab.import();
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(`${folder} cannot be used`) });
  });

  it('sends the differences, each once', async () => {
    using fab = new Workplace();
    fab.write(perf(2));
    const first = await fab.import();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toBe(
      `2 sessions of ${fab.path}/.fab-perf.json, the first import counts all of it; safe in ${fab.spool}\n`,
    );
    const again = await fab.import();
    expect(again).toMatchObject({
      code: 0,
      stdout: `${fab.path}/.fab-perf.json has gained nothing since the last import\n`,
      stderr: '',
    });
    fab.write(perf(5));
    const second = await fab.import();
    expect(second.stdout).toContain('3 sessions');
    expect(fab.sessions()).toBe(5);
  });

  it('delivers at once, and tells in JSON', async () => {
    await using receiver = await startReceiver();
    using fab = new Workplace();
    fab.write(perf(2));
    const ended = await fab.import(['--json', '--endpoint', receiver.url], { EPHEMETRY_DELIVERY: 'send' });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(ended.stdout)).toEqual([
      expect.objectContaining({
        sessions: 2,
        is_first: true,
        is_spooled: true,
        spool: fab.spool,
        delivery: expect.objectContaining({ delivered: 1, spooled: 0 }),
      }),
    ]);
    expect(receiver.batches).toHaveLength(1);
  });

  it('leaves delivery to others as the exporter does: blanks and case do not matter', async () => {
    await using receiver = await startReceiver();
    using fab = new Workplace();
    fab.write(perf(2));
    const ended = await fab.import(['--endpoint', receiver.url], { EPHEMETRY_DELIVERY: ' Spool-Only ' });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.batches).toEqual([]);
    expect(fab.sessions()).toBe(2);
  });

  it('delivers under a wrong EPHEMETRY_DELIVERY, and names it', async () => {
    await using receiver = await startReceiver();
    using fab = new Workplace();
    fab.write(perf(2));
    const ended = await fab.import(['--endpoint', receiver.url], { EPHEMETRY_DELIVERY: 'spooled' });
    expect(ended).toMatchObject({
      code: 0,
      stderr: 'EPHEMETRY_DELIVERY is "spooled"; allowed: send or spool-only. Using send\n',
    });
    expect(receiver.batches).toHaveLength(1);
  });

  it('is done when the batch is safe, although the Collector is down', async () => {
    using fab = new Workplace();
    fab.write(perf(2));
    const ended = await fab.import(['--endpoint', 'http://127.0.0.1:1/v1/metrics'], {
      EPHEMETRY_DELIVERY: 'send',
    });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('1 remaining');
    expect(ended.stderr).toContain('cannot be reached');
    expect(fab.sessions()).toBe(2);
  });

  it('a file that shrank is a new start, and a role that is gone counts nothing; both are said', async () => {
    using fab = new Workplace();
    fab.write({ ...perf(5), ...perf(3, 'ux-writer') });
    await fab.import();
    fab.write(perf(2));
    const ended = await fab.import();
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('a new start: the figures of product have shrunk');
    expect(ended.stderr).toContain('no longer in the file, nothing is counted for them: ux-writer');
    expect(fab.sessions()).toBe(10);
  });

  it.each([
    ['half a file', '{"product":{"sess', /\.json is not a JSON file\n$/],
    ['another shape', '[]', /an array; allowed: the object that fab writes/],
    [
      'a wrong figure',
      { product: { ...perf(3)['product'], sessions: -1 } },
      /\.sessions is -1; allowed: a whole number/,
    ],
  ])('%s is an error; nothing is sent and nothing forgotten', async (_name, content, message) => {
    using fab = new Workplace();
    fab.write(perf(2));
    await fab.import();
    fab.write(content);
    const ended = await fab.import();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is imported: /);
    expect(ended.stderr).toMatch(message);
    fab.write(perf(3));
    await fab.import();
    expect(fab.sessions()).toBe(3);
  });

  it('a missing file is an error that says who writes it', async () => {
    using fab = new Workplace();
    const ended = await fab.import();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('.fab-perf.json is not there; fab writes it');
  });

  it('a file has one state whichever way it is named, and a state serves one file', async () => {
    using fab = new Workplace();
    fab.write(perf(2));
    symlinkSync(fab.path, `${fab.path}-link`);
    await fab.import(['--state', 'state.json']);
    await fab.import([`${fab.path}-link/.fab-perf.json`, '--state', 'state.json']);
    expect(fab.sessions()).toBe(2);
    writeFileSync(join(fab.path, 'other.json'), JSON.stringify(perf(1)));
    const ended = await fab.import(['other.json', '--state', 'state.json']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/state\.json is the state of .*\.fab-perf\.json, not of .*other\.json/);
  });

  it('a state that holds something else is not overwritten', async () => {
    using fab = new Workplace();
    fab.write(perf(2));
    writeFileSync(join(fab.path, 'state.json'), '{"precious":true}');
    const ended = await fab.import(['--state', 'state.json']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('is not the state of an import');
    expect(readFileSync(join(fab.path, 'state.json'), 'utf8')).toBe('{"precious":true}');
  });

  it('imports nothing and remembers nothing while telemetry is switched off', async () => {
    using fab = new Workplace();
    fab.write(perf(2));
    const off = await fab.import([], { OTEL_SDK_DISABLED: 'true' });
    expect(off).toMatchObject({ code: 0, stdout: expect.stringContaining('switched off') });
    await fab.import();
    expect(fab.sessions()).toBe(2);
  });

  it('two imports at the same time count once', async () => {
    using fab = new Workplace();
    fab.write(perf(2));
    const both = await Promise.all([fab.import(), fab.import()]);
    await fab.import();
    expect(fab.sessions()).toBe(2);
    for (const { code, stderr } of both) if (code !== 0) expect(stderr).toMatch(/another import/);
  });
});

describe('an import that is killed', () => {
  // Every change of the file system is a place to die before; the loop ends at the first import that outlives its number.
  it('at any instruction: the next one makes it exactly once', async () => {
    using fab = new Workplace();
    let sessions = 0;
    let call = 0;
    let ended: Ended;
    do {
      call += 1;
      sessions += 1;
      fab.write(perf(sessions));
      ended = await fab.import([], { KILL_AT_CALL: String(call) }, ['--import', KILL_AT_CALL]);
      expect([ended.signal, ended.code]).toEqual(ended.code === 0 ? [null, 0] : ['SIGKILL', null]);
      expect(await fab.import()).toMatchObject({ code: 0 });
      expect([call, fab.sessions()]).toEqual([call, sessions]);
    } while (ended.code !== 0);
    expect(call).toBeGreaterThan(10);
    const beside = readdirSync(join(dirname(fab.spool), 'fab-import'));
    expect(beside, 'killed imports left nothing beside the state').toEqual([
      expect.stringMatching(/^[0-9a-f]{32}\.json$/),
    ]);
  });
});
