import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runUnshared, temporaryDirectory, unsharedUnavailable, waitFor } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';
import { perf } from './fixtures/perf-file.ts';

const PERF = JSON.stringify(perf(2));
const noNamespaces = unsharedUnavailable();

/** A volume with a file to import, one that keeps its reader waiting, and the state that both are remembered in. */
class Volume implements Disposable {
  readonly path: string;
  readonly lock: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #remove: () => void;

  constructor() {
    const directory = temporaryDirectory();
    this.#remove = directory.remove;
    this.path = directory.path;
    this.lock = join(this.path, 'state.json.lock');
    this.env = { EPHEMETRY_SPOOL_DIR: join(this.path, 'spool'), EPHEMETRY_DELIVERY: 'spool-only' };
    writeFileSync(join(this.path, 'perf.json'), PERF);
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(this.path, 'pipe')]);
  }

  [Symbol.dispose](): void {
    this.#remove();
  }

  options(file: 'perf.json' | 'pipe') {
    return {
      args: ['fab', 'import', join(this.path, file), '--state', join(this.path, 'state.json')],
      env: this.env,
    };
  }

  import(file: 'perf.json' | 'pipe' = 'perf.json') {
    const { args, env } = this.options(file);
    return runCommand(args, { env });
  }

  importInContainer(file: 'perf.json' | 'pipe' = 'perf.json') {
    return runUnshared(MAIN, this.options(file));
  }

  async locked(): Promise<void> {
    await waitFor(() => existsSync(this.lock), { what: 'the lock of an import that reads' });
  }

  /** Lets the reader of the pipe go on. */
  async release(): Promise<void> {
    await writeFile(join(this.path, 'pipe'), PERF);
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

  it.skipIf(!existsSync('/proc/self/stat'))('does not count when its process is a zombie', async () => {
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
    ['that a power cut has left empty', ''],
    ['that is somebody else’s file', '{"precious":true}'],
  ])('one %s is held, and the file to remove is named', async (_name, content) => {
    using volume = new Volume();
    writeFileSync(volume.lock, content);
    const ended = await volume.import();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is imported: another import may be running; .*\n$/);
    expect(ended.stderr).toContain(`${volume.lock} names no process that can be asked from here`);
    expect(ended.stderr).toContain('remove it');
    expect(readFileSync(volume.lock, 'utf8')).toBe(content);
  });

  it('one that cannot be read is held, and the file to remove is named', async () => {
    using volume = new Volume();
    mkdirSync(volume.lock);
    const ended = await volume.import();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      new RegExp(
        `^nothing is imported: another import may be running; ${volume.lock} cannot be read \\(EISDIR.*\\).*remove it\n$`,
      ),
    );
  });
});
