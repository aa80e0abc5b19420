import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, it } from 'vitest';
import { type IdentifiedBatches, spoolIdentified } from './identified-batches.ts';

const batches = (spoolDir: string): IdentifiedBatches => ({
  serviceName: 'tests',
  identity: 'one run',
  unixMs: Date.UTC(2026, 10, 1),
  record: (meter) => meter.createCounter('tests_runs_total').add(1),
  spoolDir,
  env: {},
});

it('the same run, pushed twice at once, is there once and whole', async () => {
  using folder = temporaryDirectory();
  const spool = join(folder.path, 'spool');
  const both = await Promise.all([spoolIdentified(batches(spool)), spoolIdentified(batches(spool))]);
  expect(both).toEqual(Array(2).fill({ kind: 'spooled', directory: spool }));
  const files = readdirSync(spool).filter((name) => name.endsWith('.jsonl'));
  expect(files).toHaveLength(1);
  expect(
    readFileSync(join(spool, files[0] ?? ''), 'utf8')
      .trimEnd()
      .split('\n'),
  ).toHaveLength(1);
  expect(readdirSync(spool).filter((name) => name.startsWith('identified-'))).toEqual([]);
});

it('what a program left that was killed an hour ago goes, and what another one is writing stays', async () => {
  using folder = temporaryDirectory();
  const spool = join(folder.path, 'spool');
  await spoolIdentified(batches(spool));
  const [old, young] = ['identified-old', 'identified-young'].map((name) => join(spool, name));
  for (const path of [old, young]) mkdirSync(join(path ?? '', 'spool'), { recursive: true });
  const left = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(old ?? '', left, left);
  await spoolIdentified(batches(spool));
  expect([existsSync(old ?? ''), existsSync(young ?? '')]).toEqual([false, true]);
});
