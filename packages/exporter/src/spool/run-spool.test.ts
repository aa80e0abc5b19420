import { readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { RunSpool } from './run-spool.ts';
import { spoolFilePath } from './spool-file-name.ts';

const RUN_ID = '0b9a2c66-7a6d-4c6e-9d3c-3f6a53b0a0f1';

test('a file that the delivery thread moved on just before the end is free all the same', () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spool = new RunSpool([join(path, 'spool')], RUN_ID);
  const spooled = spool.append(Buffer.from('one\n'));
  if (spooled.kind === 'refused' || spooled.created === undefined) throw new Error('a file is expected');
  const directory = spool.directory() ?? '';
  const created = spoolFilePath(directory, spooled.created);
  renameSync(created, join(dirname(created), basename(created).replace('.0.jsonl', '.4.jsonl')));

  spool.finish(false, undefined);

  expect(readdirSync(directory)).toEqual([`${RUN_ID}.1.free.4.jsonl`]);
});
