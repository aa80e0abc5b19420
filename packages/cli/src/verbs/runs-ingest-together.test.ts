/** Many programs ingest into one directory, and some are killed: every event is there once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const KILL_AT_CALL = fileURLToPath(new URL('../fixtures/kill-at-call.ts', import.meta.url));
/** Has the store until it is told to end. */
const HOLDER = `
  import { openRunStore } from '@ephemetry/run-telemetry/store';
  const store = await openRunStore(process.argv[1], { version: '1' });
  process.stdout.write('open');
  process.stdin.once('data', async () => { await store.close(); process.exit(); });`;
/** More changes of the file system than an ingest makes. */
const CALLS_LIMIT = 30;

class Place {
  readonly cwd: string;

  constructor() {
    const directory = temporaryDirectory();
    onTestFinished(directory.remove);
    this.cwd = directory.path;
  }

  ingest(file: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return runCommand(['runs', 'ingest', file, '--database', './kept'], {
      cwd: this.cwd,
      env,
      execArgv: ['--import', KILL_AT_CALL],
    });
  }

  /** Killed before each of its changes of the file system, until it ran through. */
  async ingestKilledEverywhere(file: string): Promise<number> {
    for (let call = 1; call < CALLS_LIMIT; call += 1) {
      const ended = await this.ingest(file, { KILL_AT_CALL: String(call) });
      if (ended.signal === null) {
        expect(ended).toMatchObject({ code: 0, stderr: '' });
        return call;
      }
    }
    throw new Error('it was killed each time');
  }

  async hold(): Promise<() => Promise<void>> {
    const args = ['--input-type=module', '--eval', HOLDER, join(this.cwd, 'kept')];
    const holder = spawn(process.execPath, args, {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    return async () => {
      holder.stdin.write('end');
      await once(holder, 'exit');
    };
  }

  waiting(): readonly string[] {
    const inbox = join(this.cwd, 'kept/inbox');
    return existsSync(inbox) ? readdirSync(inbox).filter((name) => name.endsWith('.jsonl')) : [];
  }

  async quality(): Promise<{ readonly runs: number; readonly events: number }> {
    const { stdout } = await runCommand('runs quality --json --database ./kept', { cwd: this.cwd });
    return JSON.parse(stdout);
  }
}

test('programs that are killed anywhere while somebody has the store lose nothing and double nothing', async () => {
  const place = new Place();
  for (const name of ['a.jsonl', 'b.jsonl']) writeEvents(place.cwd, name, { runs: 5, passed: 3 });
  const end = await place.hold();
  expect(await place.ingestKilledEverywhere('a.jsonl')).toBeGreaterThan(3);
  expect(place.waiting().length).toBeGreaterThan(0);
  await end();
  expect(await place.ingestKilledEverywhere('b.jsonl')).toBeGreaterThan(3);
  expect(place.waiting()).toEqual([]);
  expect(await place.quality()).toMatchObject({ runs: 20, events: 60 });
});

test('programs that ingest at once all end well, and every event is there', async () => {
  const place = new Place();
  const files = ['a.jsonl', 'b.jsonl', 'c.jsonl', 'd.jsonl'];
  for (const name of files) writeEvents(place.cwd, name, { runs: 20, passed: 10 });
  const ended = await Promise.all(files.map((name) => place.ingest(name)));
  for (const each of ended) expect(each).toMatchObject({ code: 0, stderr: '' });
  expect(await place.quality()).toMatchObject({ runs: 160, events: 480 });
  expect(place.waiting()).toEqual([]);
});

test('what was left is taken in by whoever reads next', async () => {
  const place = new Place();
  writeEvents(place.cwd, 'a.jsonl', { runs: 5, passed: 3 });
  const end = await place.hold();
  const left = await place.ingest('a.jsonl');
  expect(left.stdout).toContain('somebody has the database: 1 batch waits in its inbox');
  await end();
  expect(await place.quality()).toMatchObject({ runs: 10, events: 30 });
  expect(place.waiting()).toEqual([]);
});
