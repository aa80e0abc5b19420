import { closeSync, readdirSync, readlinkSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openRunSpool, type RunSpool, type Spooled } from './run-spool.ts';
import { spoolFilePath } from './spool-file-name.ts';

const RUN_ID = '0b9a2c66-7a6d-4c6e-9d3c-3f6a53b0a0f1';

const PART_BYTES = 1024 * 1024;

function createSpool(): { spool: RunSpool; directory: string } {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const opened = openRunSpool([join(path, 'spool')], RUN_ID);
  if (opened.kind === 'refused') throw new Error('a usable spool is expected');
  return { spool: opened.spool, directory: opened.spool.directory };
}

/** The path of the part that an append began. */
function createdPath(directory: string, spooled: Spooled): string {
  if (spooled.kind === 'refused' || spooled.created === undefined) throw new Error('a file is expected');
  return spoolFilePath(directory, spooled.created);
}

test('a file that the delivery thread moved on just before the end is free all the same', () => {
  const { spool, directory } = createSpool();
  const created = createdPath(directory, spool.append(Buffer.from('one')));
  renameSync(created, join(dirname(created), basename(created).replace('.0.jsonl', '.4.jsonl')));

  spool.finish(false, undefined);

  expect(readdirSync(directory)).toEqual([`${RUN_ID}.1.free.4.jsonl`]);
});

test('all parts that wait are free at the end, not only the last', () => {
  const { spool, directory } = createSpool();
  for (let part = 1; part <= 3; part += 1) spool.append(Buffer.alloc(PART_BYTES, 'x'));

  spool.finish(false, undefined);

  expect(readdirSync(directory).sort()).toEqual([1, 2, 3].map((part) => `${RUN_ID}.${part}.free.0.jsonl`));
});

test('a batch after the end of a part starts another, and all are free in the end', () => {
  const { spool, directory } = createSpool();
  spool.append(Buffer.from('one'));
  spool.endPart();
  expect(spool.append(Buffer.from('two'))).toMatchObject({ part: 2, created: { part: 2 } });

  spool.finish(false, undefined);

  expect(readdirSync(directory).sort()).toEqual([1, 2].map((part) => `${RUN_ID}.${part}.free.0.jsonl`));
});

test('a mark is no batch to whoever reads *.jsonl, until what happened has taken its place', () => {
  const { spool, directory } = createSpool();
  const names = (): readonly string[] =>
    readdirSync(directory).map((name) => name.replace(spool.owner, 'me'));
  expect(spool.mark(Buffer.from('if it dies'))).toBeUndefined();
  expect([names(), spool.hasMark()]).toEqual([[`${RUN_ID}.0.me.0.mark`], true]);
  expect(createdPath(directory, spool.replaceMark(Buffer.from('what happened')))).toMatch(/\.0\.jsonl$/);
  expect([names(), spool.hasMark()]).toEqual([[`${RUN_ID}.0.me.0.jsonl`], false]);
  spool.finish(false, undefined);
  expect(names()).toEqual([`${RUN_ID}.0.free.0.jsonl`]);
});

test.runIf(process.platform === 'linux')(
  'a file that cannot be closed is free at the end, and nothing is thrown among exit listeners',
  () => {
    const { spool, directory } = createSpool();
    const created = createdPath(directory, spool.append(Buffer.from('one')));
    closeSync(descriptorOf(created));

    spool.finish(false, undefined);

    expect(readdirSync(directory)).toEqual([`${RUN_ID}.1.free.0.jsonl`]);
  },
);

function descriptorOf(path: string): number {
  const found = readdirSync('/proc/self/fd').find((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      // The descriptor of the listing itself.
      return false;
    }
  });
  return Number(found);
}
