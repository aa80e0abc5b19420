import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type BatchFile, openBatchFile } from './batch-file.ts';
import { ownOwner } from './owner.ts';
import { parseSpoolFileName } from './spool-file-name.ts';

function open(env: NodeJS.ProcessEnv = {}): { readonly file: BatchFile; readonly spool: string } {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spool = join(path, 'spool');
  const opened = openBatchFile({ spoolDir: spool, serviceName: 'nightly', env });
  if (opened.kind !== 'open') throw new Error(`the spool is ${opened.kind}`);
  return { file: opened.file, spool };
}

function names(spool: string): readonly ReturnType<typeof parseSpoolFileName>[] {
  return readdirSync(spool).toSorted().map(parseSpoolFileName);
}

test('numbers its batches, owns its file while it writes, and frees it at the end', () => {
  const { file, spool } = open();
  const append = (): unknown => file.append((resource) => Buffer.from(JSON.stringify(resource)));
  expect(append()).toBeUndefined();
  expect(append()).toBeUndefined();
  expect(names(spool)).toMatchObject([{ part: 1, owner: ownOwner(), deliveredBytes: 0 }]);
  file.close();
  const [name] = names(spool);
  expect(name).toMatchObject({ part: 1, owner: 'free' });
  const lines = readFileSync(join(spool, readdirSync(spool)[0] ?? ''), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    [1, 2].map((sequence) => ({
      'service.instance.id': name?.runId,
      'ephemetry.batch.sequence': sequence,
      'service.name': 'nightly',
    })),
  );
});

test('frees a part as soon as it is full', () => {
  const { file, spool } = open();
  for (let batch = 0; batch < 3; batch += 1) file.append(() => Buffer.alloc(600_000, 'x'));
  expect(names(spool)).toMatchObject([
    { part: 1, owner: 'free' },
    { part: 2, owner: ownOwner() },
  ]);
  file.close();
});

test('keeps a spool that nobody drains within its limits', () => {
  const { spool } = open();
  const env = { EPHEMETRY_SPOOL_LIMIT_FILES: '3', EPHEMETRY_DELIVERY: 'spool-only' };
  for (let run = 0; run < 5; run += 1) {
    const opened = openBatchFile({ spoolDir: spool, env });
    if (opened.kind !== 'open') throw new Error(`the spool is ${opened.kind}`);
    opened.file.append(() => Buffer.from('{}'));
    opened.file.close();
    opened.file.removeOverLimits();
  }
  expect(names(spool)).toHaveLength(3);
});

test('opens nothing where telemetry is off', () => {
  expect(openBatchFile({ env: { OTEL_SDK_DISABLED: 'true' } })).toEqual({ kind: 'disabled' });
});
