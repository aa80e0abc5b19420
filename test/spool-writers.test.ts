/**
 * Whether a program writes the spool as docs/reference/spool.md says. It is given JSON lines as `ephemetry push -` takes
 * them, and prints "kept" of each that is on disk. Another writer is held to the page by its command:
 * `SPOOL_WRITER='python3 my_writer.py' npx vitest run test/spool-writers.test.ts`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../packages/exporter/dist/index.js';
import { ownerState, ownOwner } from '../packages/exporter/dist/spool.js';
import {
  readLines,
  startReceiver,
  type Totals,
  temporaryDirectory,
  waitFor,
} from '../packages/testing/src/index.ts';
import { ROOT } from './documentation.ts';

const OURS = [
  `python3 ${ROOT}examples/python/ephemetry_spool.py`,
  `${process.execPath} ${ROOT}test/fixtures/spool-writer.ts`,
];
const GIVEN = process.env['SPOOL_WRITER'];
const NAME =
  /^(?<runId>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(?<part>[1-9]\d{0,8})\.(?<owner>[A-Za-z0-9-]{1,80})\.0(\.keep-\d+-\d+-\d+)?\.jsonl$/;

interface Writer {
  readonly child: ChildProcess;
  /** How many it said are on disk. */
  readonly kept: () => number;
  readonly write: (value: number, more?: object) => void;
  /** Ends its input. */
  readonly end: () => Promise<number | null>;
}

function start(command: string, spool: string, prefix = ''): Writer {
  const env = { PATH: process.env['PATH'], HOME: spool, EPHEMETRY_SPOOL_DIR: spool };
  const child = spawn('sh', ['-c', `${prefix} exec ${command}`], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  let kept = 0;
  const { stdin, stdout } = child;
  // It may have refused to start.
  stdin.on('error', () => {});
  createInterface({ input: stdout }).on('line', (line) => (kept += Number(line === 'kept')));
  const exited = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    kept: () => kept,
    write: (value, more = {}) =>
      void stdin.write(`${JSON.stringify({ counter: 'written_total', value, ...more })}\n`),
    end: async () => {
      stdin.end();
      const [code] = await exited;
      return code;
    },
  };
}

function makeSpool(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return join(path, 'spool');
}

async function drained(spool: string): Promise<Totals> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.stop());
  const report = await drain({ spoolDir: spool, endpoint: receiver.url, env: {} });
  expect(report).toMatchObject({ spooled: 0, busyFiles: 0 });
  expect(receiver.malformed).toEqual([]);
  return receiver.totals();
}

function sum(values: Readonly<Record<string, number>> = {}): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}

function filesIn(spool: string): readonly string[] {
  return readdirSync(spool).filter((name) => name.endsWith('.jsonl'));
}

/** What a program with the example leaves in a spool. */
async function leftByPython(program: string): Promise<string> {
  const spool = makeSpool();
  const env = { PATH: process.env['PATH'], EPHEMETRY_SPOOL_DIR: spool, PYTHONPATH: `${ROOT}examples/python` };
  const child = spawn('python3', ['-c', program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  expect(await once(child, 'close')).toEqual([0, null]);
  return spool;
}

test('the example writes attributes of any type so that every stage takes them', async () => {
  const spool = await leftByPython(`
from ephemetry_spool import Spool
spool = Spool("nightly")
for value in (True, 200, 2**64, 1.5, None):
    spool.counter("written_total", 1, {"given": value})
spool.counter("written_total", 1, {1: "one"})
spool.close()
`);
  expect(Object.keys((await drained(spool)).counters['written_total'] ?? {}).toSorted()).toEqual([
    '1=one',
    'given=1.5',
    'given=18446744073709551616',
    'given=200',
    'given=None',
    'given=True',
  ]);
});

test('the example sets a gauge to any finite number, and to nothing else', async () => {
  const spool = await leftByPython(`
from ephemetry_spool import Spool
spool = Spool("nightly")
for value in (1.7e18, -1e300, 2**60):
    spool.gauge("level", value, {"of": repr(value)})
for value in (float("nan"), float("inf"), -float("inf")):
    try:
        spool.gauge("level", value)
    except ValueError:
        continue
    raise SystemExit(1)
spool.close()
`);
  const { gauges } = await drained(spool);
  expect(gauges['level']).toEqual({
    'of=1.7e+18': 1.7e18,
    'of=-1e+300': -1e300,
    'of=1152921504606846976': 2 ** 60,
  });
});

test('the example counts what comes after a Ctrl-C in the middle of a call', async () => {
  const spool = await leftByPython(`
import os, resource, signal
from ephemetry_spool import Spool

def interrupted(descriptor, line):
    os.write = write
    write(descriptor, line)
    raise KeyboardInterrupt

spool = Spool("nightly")
spool.counter("written_total", 1)
write, os.write = os.write, interrupted
try:
    spool.counter("written_total", 2)
except KeyboardInterrupt:
    pass
spool.counter("written_total", 4)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (os.fstat(spool._descriptor).st_size + 10, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    spool.counter("written_total", 8)
except OSError:
    pass
spool.close()
`);
  const totals = await drained(spool);
  expect([totals.duplicates, totals.counters['written_total']]).toEqual([0, { '': 7 }]);
});

test('the example stays short', () => {
  const text = readFileSync(`${ROOT}examples/python/ephemetry_spool.py`, 'utf8');
  expect(text.split('\n').length).toBeLessThanOrEqual(150);
});

describe.each(GIVEN === undefined ? OURS : [GIVEN])('%s', (command) => {
  test('writes whole batches that name themselves, into a file and a directory of this user alone', async () => {
    const spool = makeSpool();
    const writer = start(command, spool, 'umask 0;');
    writer.write(1, { attributes: { table: 'a "quoted" name' } });
    writer.write(2);
    await waitFor(() => writer.kept() === 2, { what: 'two measurements to be kept' });
    const [name = '', ...others] = filesIn(spool);
    expect(others).toEqual([]);
    expect(name).toMatch(NAME);
    expect([statSync(spool).mode & 0o777, statSync(join(spool, name)).mode & 0o777]).toEqual([0o700, 0o600]);
    const { batches, unreadable } = readLines(readFileSync(join(spool, name), 'utf8'));
    expect(unreadable).toEqual([]);
    const { runId, owner = '' } = NAME.exec(name)?.groups ?? {};
    expect(batches.map((batch) => batch.runId)).toEqual([runId, runId]);
    expect(new Set(batches.map(({ sequence }) => sequence)).size).toBe(2);
    expect([Number(owner.split('-')[0]), ownerState(owner, ownOwner())]).toEqual([writer.child.pid, 'alive']);
    const report = await drain({ spoolDir: spool, endpoint: 'http://127.0.0.1:1/v1/metrics', env: {} });
    expect(report).toMatchObject({ busyFiles: 1 });
    expect(await writer.end()).toBe(0);
    const { counters } = await drained(spool);
    expect(counters['written_total']).toEqual({ 'table=a "quoted" name': 1, '': 2 });
  });

  test('writes gauges and histograms that every stage takes', async () => {
    const spool = makeSpool();
    const writer = start(command, spool);
    writer.child.stdin?.write('{"gauge": "level", "value": -2.5}\n');
    writer.child.stdin?.write('{"histogram": "took_seconds", "value": 2, "bounds": [1, 5]}\n');
    expect(await writer.end()).toBe(0);
    const totals = await drained(spool);
    expect(totals.gauges).toEqual({ level: { '': -2.5 } });
    expect(totals.histograms['took_seconds']?.['']).toMatchObject({ count: 1, sum: 2, buckets: [0, 1, 0] });
  });

  test.each([1, 7, 60])('has on disk what it said is kept when SIGKILL comes after %i', async (after) => {
    const spool = makeSpool();
    const writer = start(command, spool);
    for (let index = 0; index < 2000; index += 1) writer.write(1);
    await waitFor(() => writer.kept() >= after, { what: `${after} measurements to be kept` });
    writer.child.kill('SIGKILL');
    await once(writer.child, 'close');
    const { counters } = await drained(spool);
    // One more may be on disk whose word was on its way.
    expect(sum(counters['written_total']) - writer.kept()).toBeOneOf([0, 1]);
  });

  test('goes on in another file when a drain has taken it for dead', async () => {
    const spool = makeSpool();
    const writer = start(command, spool);
    writer.write(1);
    await waitFor(() => writer.kept() === 1, { what: 'a measurement to be kept' });
    for (const name of filesIn(spool)) unlinkSync(join(spool, name));
    writer.write(2);
    writer.write(4);
    expect(await writer.end()).toBe(0);
    expect(sum((await drained(spool)).counters['written_total'])).toBe(6);
  });

  test('begins a new part after 1 MiB', async () => {
    const spool = makeSpool();
    const writer = start(command, spool);
    for (let index = 0; index < 300; index += 1)
      writer.write(1, { attributes: { text: `${index}${'x'.repeat(8000)}` } });
    expect(await writer.end()).toBe(0);
    const parts = filesIn(spool).map((name) => Number(NAME.exec(name)?.groups?.['part']));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.toSorted()).toEqual(parts.map((_, index) => index + 1));
    for (const name of filesIn(spool))
      expect(statSync(join(spool, name)).size).toBeLessThan(1024 * 1024 + 16 * 1024);
    expect(sum((await drained(spool)).counters['written_total'])).toBe(300);
  });

  test('leaves no half of a line where the disk is full, and does not say that it is kept', async () => {
    const spool = makeSpool();
    const writer = start(command, spool, "trap '' XFSZ; ulimit -f 8;");
    for (let index = 0; index < 40; index += 1) writer.write(1, { attributes: { text: 'x'.repeat(500) } });
    await writer.end();
    expect(writer.kept()).toBeGreaterThan(0);
    for (const name of filesIn(spool)) expect(readFileSync(join(spool, name), 'utf8')).toMatch(/(^|\n)$/);
    expect(sum((await drained(spool)).counters['written_total'])).toBe(writer.kept());
  });

  test('refuses a directory that others can change, and writes nothing', async () => {
    const spool = makeSpool();
    const [open, linked] = [`${spool}-open`, `${spool}-linked`];
    mkdirSync(open);
    chmodSync(open, 0o777);
    mkdirSync(`${spool}-target`, { mode: 0o700 });
    symlinkSync(`${spool}-target`, linked);
    for (const directory of [open, linked]) {
      const writer = start(command, directory);
      writer.write(1);
      expect(await writer.end()).not.toBe(0);
      expect([writer.kept(), filesIn(directory)]).toEqual([0, []]);
    }
  });

  test('loses nothing beside others', async () => {
    const spool = makeSpool();
    const writers = Array.from({ length: 4 }, () => start(command, spool));
    for (const writer of writers) for (let index = 0; index < 100; index += 1) writer.write(1);
    expect(await Promise.all(writers.map(({ end }) => end()))).toEqual([0, 0, 0, 0]);
    expect(sum((await drained(spool)).counters['written_total'])).toBe(400);
  });
});
