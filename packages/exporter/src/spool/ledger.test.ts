import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { deadOwner, spoolOf } from './fixtures/spool-of.ts';
import { addToLedger, NO_COUNTS, takeLedger } from './ledger.ts';
import { ownOwner } from './owner.ts';

const ADD_AND_TAKE = fileURLToPath(new URL('./fixtures/add-and-take.ts', import.meta.url));

function createSpool(): { directory: string; files: () => string[] } {
  const { directory } = spoolOf([]);
  return { directory, files: () => readdirSync(directory).sort() };
}

test('adding nothing creates nothing, and there is nothing to take', () => {
  const { directory, files } = createSpool();
  addToLedger(directory, {});
  addToLedger(directory, { drained: 0, refusedPoints: 0 });
  expect(files()).toEqual([]);
  expect(takeLedger(directory)).toBeUndefined();
  expect(takeLedger(join(directory, 'missing'))).toBeUndefined();
});

test('says whether all is counted: what is not must not be taken back', () => {
  const { directory } = createSpool();
  expect(addToLedger(directory, {})).toBe(true);
  expect(addToLedger(directory, { unsent: 1 })).toBe(true);
  expect(addToLedger(join(directory, 'missing'), { unsent: 1 })).toBe(false);
});

test('adds up in one file that only its user reads and that does not grow, and is taken once', () => {
  const { directory, files } = createSpool();
  for (let i = 0; i < 1000; i += 1) addToLedger(directory, { drained: 1, refusedPoints: 7 });
  addToLedger(directory, { rejected: 2, expired: 3, unsent: 4, unreadable: 5 });
  const [name = ''] = files();
  expect(files()).toEqual([name]);
  expect(statSync(join(directory, name))).toMatchObject({ size: 256, mode: 0o100600 });
  const counts = {
    drained: 1000,
    inDoubt: 0,
    rejected: 2,
    expired: 3,
    unsent: 4,
    unreadable: 5,
    abandoned: 0,
    refusedPoints: 7000,
  };
  expect(takeLedger(directory)).toEqual(counts);
  expect(files()).toEqual([]);
  expect(takeLedger(directory)).toBeUndefined();
});

test('what was unsent and then went after all is taken back', () => {
  const { directory } = createSpool();
  addToLedger(directory, { unsent: 2 });
  addToLedger(directory, { unsent: -1 });
  expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, unsent: 1 });
  addToLedger(directory, { unsent: -1 });
  expect(takeLedger(directory)).toBeUndefined();
});

test('what a dead process held is taken over, what a living one holds is not', () => {
  const { directory, files } = createSpool();
  const write = (name: string, drained: number): void =>
    writeFileSync(join(directory, name), JSON.stringify({ drained }));
  write(`ledger.${deadOwner()}-0.${deadOwner()}-0`, 1);
  write(`ledger.elsewhere.${deadOwner()}-3`, 2);
  write(`ledger.${ownOwner()}-9.${ownOwner()}-9`, 4);
  write('ledger.1-2-elsewhere-0.1-2-elsewhere-0', 8);
  expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, drained: 3 });
  expect(files()).toHaveLength(2);
  // A process of another container that has been silent for longer than it may be.
  utimesSync(join(directory, 'ledger.1-2-elsewhere-0.1-2-elsewhere-0'), new Date(), new Date(0));
  expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, drained: 8 });
});

test.each([
  ['no bytes', ''],
  ['no JSON', '{"drained":1'],
  ['no counts', 'null'],
  ['odd counts', '{"drained":1.5,"rejected":"2","expired":null,"unsent":1e99,"other":1}'],
])('a file with %s counts nothing and goes', (_, text) => {
  const { directory, files } = createSpool();
  writeFileSync(join(directory, 'ledger.w.free'), text);
  expect(takeLedger(directory)).toBeUndefined();
  expect(files()).toEqual([]);
});

test('a symbolic link is not read', () => {
  const { directory } = createSpool();
  const elsewhere = createSpool().directory;
  writeFileSync(join(elsewhere, 'counts'), '{"drained":1}');
  symlinkSync(join(elsewhere, 'counts'), join(directory, 'ledger.w.free'));
  expect(takeLedger(directory)).toBeUndefined();
});

test('files of many processes become one', () => {
  const { directory, files } = createSpool();
  for (let i = 0; i < 40; i += 1) writeFileSync(join(directory, `ledger.w${i}.free`), '{"expired":1}');
  addToLedger(directory, { drained: 1 });
  expect(files()).toHaveLength(1);
  expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, drained: 1, expired: 40 });
});

test('a disk that refuses breaks nothing and forgets nothing', () => {
  const { directory, files } = createSpool();
  expect(() => addToLedger(join(directory, 'missing'), { drained: 1 })).not.toThrow();
  addToLedger(directory, { drained: 1 });
  const [name = ''] = files();
  const held = join(directory, name.replace(/free$/, `${ownOwner()}-${threadId}`));
  // Nothing can be renamed or written over a folder.
  mkdirSync(held);
  expect(() => addToLedger(directory, { rejected: 1 })).not.toThrow();
  expect(takeLedger(directory)).toBeUndefined();
  rmdirSync(held);
  expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, drained: 1 });
});

test('processes that add while others take lose no count and tell none twice', async () => {
  const { directory } = createSpool();
  const processes = [1, 2, 3].map(
    () =>
      new Promise<number>((resolve, reject) => {
        let taken = 0;
        const child = fork(ADD_AND_TAKE, [directory, '400']);
        child.on('message', (drained) => (taken += Number(drained)));
        child.on('exit', (code) => (code === 0 ? resolve(taken) : reject(new Error(`exit code ${code}`))));
      }),
  );
  const taken = (await Promise.all(processes)).reduce((total, each) => total + each, 0);
  expect(taken).toBeGreaterThan(0);
  expect(taken + (takeLedger(directory)?.drained ?? 0)).toBe(1200);
});
