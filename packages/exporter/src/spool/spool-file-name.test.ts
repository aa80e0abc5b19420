import { expect, test } from 'vitest';
import { parseSpoolFileName, spoolFilePath } from './spool-file-name.ts';

const RUN_ID = '0b9a2c66-7a6d-4c6e-9d3c-3f6a53b0a0f1';

test('a name is parsed back into what it was made of', () => {
  const name = { runId: RUN_ID, part: 12, owner: '4711-88-a9', deliveredBytes: 1830 };
  const path = spoolFilePath('/spool', name);
  expect(path).toBe(`/spool/${RUN_ID}.12.4711-88-a9.1830.jsonl`);
  expect(parseSpoolFileName(path.slice('/spool/'.length))).toEqual(name);
});

test('a name may say when the line after what is delivered was sent without an answer', () => {
  const name = { runId: RUN_ID, part: 1, owner: 'free', deliveredBytes: 7, sentUnixSeconds: 1_764_300_000 };
  const path = spoolFilePath('/spool', name);
  expect(path).toBe(`/spool/${RUN_ID}.1.free.7.sent-1764300000.jsonl`);
  expect(parseSpoolFileName(path.slice('/spool/'.length))).toEqual(name);
});

test('a mark is told by its ending', () => {
  const limits = { bytes: 65_536, files: 10, ageMs: 3_600_000 };
  const name = {
    runId: RUN_ID,
    part: 0,
    owner: '4711-88-a9',
    deliveredBytes: 0,
    limits,
    isMark: true,
  } as const;
  const path = spoolFilePath('/spool', name);
  expect(path).toBe(`/spool/${RUN_ID}.0.4711-88-a9.0.keep-65536-10-3600000.mark`);
  expect(parseSpoolFileName(path.slice('/spool/'.length))).toEqual(name);
});

test.each([
  `${RUN_ID}.1.free.0.sent-.jsonl`,
  `${RUN_ID}.1.free.0.sent-1.5.jsonl`,
  `${RUN_ID}.1.free.0.sent-1.sent-2.jsonl`,
  'last-verdict.json',
  'notes.jsonl',
  `${RUN_ID}.1.free.0.jsonl.tmp`,
  `${RUN_ID}.1.free.jsonl`,
  `${RUN_ID}.-1.free.0.jsonl`,
  `${RUN_ID}.1.free.1e3.jsonl`,
  `${RUN_ID}.1.../../x.0.jsonl`,
  `x${RUN_ID}.1.free.0.jsonl`,
  `${RUN_ID}.1.free.0.jsonl\n`,
])('%j is not ours', (name) => {
  expect(parseSpoolFileName(name)).toBeUndefined();
});
