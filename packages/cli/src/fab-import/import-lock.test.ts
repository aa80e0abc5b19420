import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownOwner } from '@ephemetry/exporter/spool';
import { runUnshared, temporaryDirectory, unsharedUnavailable, waitFor } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';
import { perf } from './fixtures/perf-file.ts';
import { SlowTaker } from './fixtures/slow-taker.ts';
import { lockImport } from './import-lock.ts';

const PERF = JSON.stringify(perf(2));
const noNamespaces = unsharedUnavailable();
const noProc = !existsSync('/proc/self/stat');

type FileName = 'perf.json' | 'pipe' | 'other-pipe';

/** A volume with a file to import, two that keep their reader waiting, and the state that all are remembered in. */
class Volume implements Disposable {
  readonly path: string;
  readonly state: string;
  readonly lock: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #remove: () => void;

  constructor() {
    const directory = temporaryDirectory();
    this.#remove = directory.remove;
    this.path = directory.path;
    this.state = join(this.path, 'state.json');
    this.lock = `${this.state}.lock`;
    this.env = { EPHEMETRY_SPOOL_DIR: join(this.path, 'spool'), EPHEMETRY_DELIVERY: 'spool-only' };
    writeFileSync(join(this.path, 'perf.json'), PERF);
    execFileSync('sh', ['-c', 'mkfifo pipe other-pipe'], { cwd: this.path });
  }

  [Symbol.dispose](): void {
    this.#remove();
  }

  options(file: FileName) {
    return {
      args: ['fab', 'import', join(this.path, file), '--state', this.state],
      env: this.env,
    };
  }

  import(file: FileName = 'perf.json') {
    const { args, env } = this.options(file);
    return runCommand(args, { env });
  }

  importInContainer(file: FileName = 'perf.json') {
    return runUnshared(MAIN, this.options(file));
  }

  async locked(): Promise<void> {
    await waitFor(() => existsSync(this.lock), { what: 'the lock of an import that reads' });
  }

  /** Lets the reader of the pipe go on. */
  async release(pipe: FileName = 'pipe'): Promise<void> {
    await writeFile(join(this.path, pipe), PERF);
  }
}

describe.concurrent('the lock of an import', () => {
  it('refuses a second import while the first one runs, and goes with it', async () => {
    using volume = new Volume();
    const first = volume.import('pipe');
    await volume.locked();
    const second = await volume.import();
    await volume.release();
    expect(await first).toMatchObject({ code: 0 });
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toBe(
      `nothing is imported: another import is running (process ${(await first).pid}); if it is not, remove ${volume.lock}\n`,
    );
    expect(existsSync(volume.lock)).toBe(false);
  });

  it.skipIf(noNamespaces)('refuses a second import while one of another container runs', async () => {
    using volume = new Volume();
    const first = volume.importInContainer('pipe');
    await volume.locked();
    const second = await volume.importInContainer();
    await volume.release();
    expect(await first).toMatchObject({ code: 0 });
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second).toHaveProperty(
      'stderr',
      expect.stringContaining(`${volume.lock} names no process that can be asked from here`),
    );
    expect(existsSync(volume.lock)).toBe(false);
  });

  it('that a person removed is the next one’s alone: it outlives the import that had it', async () => {
    using volume = new Volume();
    const first = volume.import('pipe');
    await volume.locked();
    rmSync(volume.lock, { recursive: true });
    const second = volume.import('other-pipe');
    await volume.locked();
    await volume.release('pipe');
    expect(await first).toMatchObject({ code: 0, stderr: '' });
    const third = await volume.import();
    await volume.release('other-pipe');
    expect(third).toMatchObject({ code: 1, stdout: '' });
    expect(third.stderr).toContain(`another import is running (process ${(await second).pid})`);
    expect(existsSync(volume.lock)).toBe(false);
  });

  it.skipIf(noProc)('does not count when its process is a zombie', async () => {
    using volume = new Volume();
    const { args, env } = volume.options('pipe');
    // The shell starts the import and becomes a program that reaps nobody.
    const parent = spawn('sh', ['-c', '"$0" "$@" & echo $!; exec cat', process.execPath, MAIN, ...args], {
      env: { PATH: process.env['PATH'], HOME: volume.path, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const zombie = Number(line);
    await volume.locked();
    process.kill(zombie, 'SIGKILL');
    const stat = (): string => readFileSync(`/proc/${zombie}/stat`, 'utf8');
    await waitFor(() => stat().includes(') Z '), { what: 'the zombie' });
    const ended = await volume.import();
    parent.stdin.end();
    await once(parent, 'exit');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['of a process that cannot be asked', '1-1-elsewhere'],
    ['that is somebody else’s directory', 'precious.json'],
  ])('one %s is held, and what to remove is named', async (_name, holder) => {
    using volume = new Volume();
    mkdirSync(volume.lock);
    writeFileSync(join(volume.lock, holder), '');
    const ended = await volume.import();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is imported: another import may be running; .*\n$/);
    expect(ended.stderr).toContain(`${volume.lock} names no process that can be asked from here`);
    expect(ended.stderr).toContain('remove it');
    expect(readdirSync(volume.lock)).toEqual([holder]);
  });

  it('one that cannot be read is held, and what to remove is named', async () => {
    using volume = new Volume();
    writeFileSync(volume.lock, 'precious');
    const ended = await volume.import();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      new RegExp(
        `^nothing is imported: another import may be running; ${volume.lock} cannot be read \\(ENOTDIR.*\\).*remove it\n$`,
      ),
    );
    expect(readFileSync(volume.lock, 'utf8')).toBe('precious');
  });

  it('one whose owner died before it could remove it does not count', async () => {
    using volume = new Volume();
    mkdirSync(volume.lock);
    expect(await volume.import()).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(volume.lock)).toBe(false);
  });
});

/** The slower of two stops at each of its steps in turn; what comes meanwhile is this process. */
describe.skipIf(noProc)('the lock of a dead import, which two take at the same time', () => {
  // Linux numbers no process so.
  const DEAD = ownOwner().replace(/^\d+/, '4194305');

  async function forEachStep(meet: (slow: SlowTaker, state: string) => Promise<void>): Promise<void> {
    let steps = 0;
    for (let isOver = false; !isOver; steps += 1) {
      using volume = new Volume();
      mkdirSync(volume.lock);
      writeFileSync(join(volume.lock, DEAD), '');
      await using slow = new SlowTaker(volume.state);
      for (let step = 0; step < steps; step += 1) await slow.goOn();
      isOver = (await slow.says()) === 'held';
      if (!isOver) await meet(slow, volume.state);
    }
    expect(steps).toBeGreaterThan(5);
  }

  /** The lock, or why it is another's. */
  function take(state: string): Disposable | string {
    try {
      return lockImport(state);
    } catch (error) {
      return String(error);
    }
  }

  const another = expect.stringContaining('another import ');

  it.concurrent('is one’s alone, and a third gets it at no moment', async () => {
    await forEachStep(async (slow, state) => {
      using _fast = lockImport(state);
      while ((await slow.says()) === 'stopped') {
        expect(take(state)).toEqual(another);
        await slow.goOn();
      }
      expect(await slow.says()).toEqual(another);
      expect(take(state)).toEqual(another);
    });
  });

  it.concurrent('is the slower one’s when the faster one has come and gone', async () => {
    await forEachStep(async (slow, state) => {
      lockImport(state)[Symbol.dispose]();
      while ((await slow.says()) === 'stopped') await slow.goOn();
      expect(await slow.says()).toBe('held');
      expect(take(state)).toEqual(another);
    });
  });

  it.concurrent('is the next one’s when the slower one is killed', async () => {
    await forEachStep(async (slow, state) => {
      await slow.kill();
      using _next = lockImport(state);
    });
  });
});
