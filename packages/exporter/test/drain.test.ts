/** `drain` as a program calls it: with a thread, a spool of dead runs and a real Collector. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMeterProvider, drain, readSpoolStatus } from '@ephemetry/exporter';
import { assertTotals, type Receiver, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { otlpBody } from '../src/delivery/post/fixtures/otlp-body.ts';
import { runIdOf } from '../src/spool/fixtures/spool-of.ts';
import { EMPTY_TALLY } from '../src/tally.ts';

/** A spool in which `runs` dead runs left `batches` batches each. */
function spoolOfDead(runs: number, batches: number): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spoolDir = join(path, 'spool');
  mkdirSync(spoolDir, { mode: 0o700 });
  for (let run = 1; run <= runs; run += 1) {
    const lines = Array.from({ length: batches }, (_, index) => `${otlpBody(run, index + 1)}\n`);
    writeFileSync(join(spoolDir, `${runIdOf(run)}.1.free.0.jsonl`), lines.join(''), { mode: 0o600 });
  }
  return spoolDir;
}

async function receiverForTest(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.stop());
  return receiver;
}

const NOTHING = {
  ...EMPTY_TALLY,
  busyFiles: 0,
  newerFiles: 0,
  rejectedRemoved: 0,
  lostDataPoints: 0,
};

test('a spool that is not there is nothing to do, and is not created', async () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const directory = join(path, 'spool');
  expect(await drain({ spoolDir: directory, env: {} })).toEqual({ ...NOTHING, directory, problems: [] });
  expect(readdirSync(path)).toEqual([]);
  const wrong = await drain({ spoolDir: directory, env: { EPHEMETRY_SPOOL_LIMIT_FILES: 'many' } });
  expect(wrong.problems).toEqual([expect.stringContaining('EPHEMETRY_SPOOL_LIMIT_FILES is "many"')]);
});

test('a directory that others may write to is not drained, and it is said why', async () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const file = join(path, 'file');
  writeFileSync(file, '');
  const report = await drain({ spoolDir: file, env: {} });
  expect(report).toMatchObject({ ...NOTHING, failure: { kind: 'spool', path: file } });
});

test('delivers all, each batch once, with the headers it was given', async () => {
  const receiver = await receiverForTest();
  const spoolDir = spoolOfDead(3, 2);
  const report = await drain({ spoolDir, endpoint: receiver.url, headers: { 'x-team': 'a' }, env: {} });
  expect(report).toEqual({ ...NOTHING, directory: spoolDir, delivered: 6, problems: [] });
  assertTotals(receiver.totals(), { counters: { jobs_total: { '': 6 } }, batches: 6, duplicates: 0 });
  expect(receiver.requests.every(({ headers }) => headers['x-team'] === 'a')).toBe(true);
});

test('an abort ends it after the batch in flight; what is left stays in the spool', async () => {
  const receiver = await receiverForTest();
  receiver.behave({ kind: 'answer', delayMs: 40 });
  const spoolDir = spoolOfDead(1, 30);
  const controller = new AbortController();
  const draining = drain({ spoolDir, endpoint: receiver.url, signal: controller.signal, env: {} });
  await receiver.waitFor(() => receiver.requests.length === 2, { what: 'the second batch' });
  controller.abort();
  const { delivered, spooled, failure } = await draining;

  expect(failure).toBeUndefined();
  expect(delivered).toBeLessThan(15);
  expect(delivered + spooled).toBe(30);
  expect(readSpoolStatus({ spoolDir, env: {} }).batches).toBe(spooled);
  receiver.behave({ kind: 'answer' });
  expect(await drain({ spoolDir, endpoint: receiver.url, env: {} })).toMatchObject({ delivered: spooled });
  assertTotals(receiver.totals(), { counters: { jobs_total: { '': 30 } }, batches: 30, duplicates: 0 });
});

test('a signal that is aborted already delivers nothing', async () => {
  const receiver = await receiverForTest();
  const spoolDir = spoolOfDead(1, 2);
  const report = await drain({ spoolDir, endpoint: receiver.url, signal: AbortSignal.abort(), env: {} });
  expect(report).toMatchObject({ ...NOTHING, spooled: 2 });
  expect(receiver.requests).toEqual([]);
});

test('a wrong endpoint and wrong settings are said in the report, not thrown', async () => {
  const spoolDir = spoolOfDead(1, 1);
  const env = { EPHEMETRY_SPOOL_LIMIT_FILES: 'many', OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' };
  const { problems, spooled, failure } = await drain({ spoolDir, endpoint: 'https//c', timeoutMs: 1, env });
  expect(problems).toEqual([
    expect.stringContaining('EPHEMETRY_SPOOL_LIMIT_FILES is "many"'),
    expect.stringContaining('soon'),
    expect.stringContaining('the endpoint is "https//c"; allowed: an http:// or https:// URL'),
  ]);
  expect({ spooled, failure }).toMatchObject({
    spooled: 1,
    failure: { endpoint: 'http://localhost:4318/v1/metrics' },
  });
});

test('a header that HTTP cannot carry leaves the batches in the spool and says why', async () => {
  const receiver = await receiverForTest();
  const spoolDir = spoolOfDead(2, 1);
  const headers = { authorization: 'Bearer token\n' };
  const report = await drain({ spoolDir, endpoint: receiver.url, headers, env: {} });
  expect(report).toMatchObject({
    ...NOTHING,
    spooled: 2,
    failure: { kind: 'unreachable', detail: expect.stringContaining('authorization') },
  });
});

test('options that JavaScript may pass neither throw into the host nor lose anything', async () => {
  const receiver = await receiverForTest();
  const spoolDir = spoolOfDead(0, 0);
  const options: object = {
    spoolDir,
    endpoint: new URL(receiver.url),
    headers: { 'x-number': 5, 'x-function': () => {}, 'x-none': null },
    serviceName: null,
    resourceAttributes: null,
    exitBudgetMs: null,
    handleSignals: false,
    env: { OTEL_EXPORTER_OTLP_HEADERS: () => {} },
  };
  const provider = createMeterProvider(options);
  provider.getMeter('test').createCounter('runs_total').add(1);
  expect(provider.persist()).toMatchObject({ kind: 'persisted' });
  expect(await provider.flush()).toMatchObject({ delivered: 1 });
  await provider.shutdown();
  expect(receiver.requests[0]?.headers).toMatchObject({ 'x-number': '5', 'x-function': '() => {}' });
  expect(receiver.requests[0]?.headers).not.toHaveProperty('x-none');
});

test('what a run had leased when it was shut down is free again, although its process lives on', async () => {
  const receiver = await receiverForTest();
  const spoolDir = spoolOfDead(1, 1);
  const provider = createMeterProvider({ spoolDir, endpoint: receiver.url, handleSignals: false, env: {} });
  provider.getMeter('test').createCounter('runs_total').add(1000);
  // The run's own batch is answered; then its end posts what the dead run left, to a Collector gone silent.
  const ownBatch = receiver.waitFor(() => receiver.batches.length === 1, { what: 'the own batch' });
  const silenced = ownBatch.then(() => receiver.behave({ kind: 'silent' }));
  const flushed = provider.flush();
  await silenced;
  await flushed;
  const stopped = provider.shutdown();
  await receiver.waitFor(() => receiver.requests.length === 2, { what: 'what the dead run left' });
  await stopped;
  receiver.behave({ kind: 'answer' });

  const report = await drain({ spoolDir, endpoint: receiver.url, env: {} });

  expect(report).toMatchObject({ delivered: 1, busyFiles: 0, spooled: 0 });
  expect(readdirSync(spoolDir).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
});

test('leaves the files of a later version alone, and says how many there are', async () => {
  const receiver = await receiverForTest();
  const { path: spoolDir, remove } = temporaryDirectory();
  onTestFinished(remove);
  const names = [
    '0f3c2b1a-5d4e-4f60-8a71-92b3c4d5e6f7.1.free.0.v2.jsonl',
    '0f3c2b1a-5d4e-4f60-8a71-92b3c4d5e6f8.1.free.0.keep-1-1-1.zstd.v12.jsonl',
  ];
  for (const name of names) writeFileSync(join(spoolDir, name), 'what nobody knows yet', { mode: 0o600 });
  const report = await drain({ spoolDir, endpoint: receiver.url, env: { EPHEMETRY_SPOOL_LIMIT_FILES: '1' } });
  expect(report).toMatchObject({ ...NOTHING, newerFiles: 2 });
  expect(readdirSync(spoolDir).toSorted()).toEqual(names);
  expect(readSpoolStatus({ spoolDir })).toMatchObject({ files: [], newerFiles: 2 });
  expect(receiver.batches).toEqual([]);
});
