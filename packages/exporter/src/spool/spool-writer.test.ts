import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { SpoolWriter } from './spool-writer.ts';

const RUN_ID = '0b9a2c66-7a6d-4c6e-9d3c-3f6a53b0a0f1';
const APPEND_UNTIL_FULL = fileURLToPath(new URL('./fixtures/append-until-full.ts', import.meta.url));

function createWriter(): { writer: SpoolWriter; directory: string; contents: () => Record<string, string> } {
  const { path: directory, remove } = temporaryDirectory();
  onTestFinished(remove);
  const writer = new SpoolWriter(directory, RUN_ID, 'me');
  onTestFinished(() => writer.close());
  return { writer, directory, contents: () => contentsOf(directory) };
}

function contentsOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

function line(text: string): Uint8Array {
  return Buffer.from(`${text}\n`);
}

test('creates nothing before the first line', () => {
  const { writer, contents } = createWriter();
  expect(writer.part()).toBe(0);
  expect(contents()).toEqual({});
});

test('appends line by line to a file that only its user reads', () => {
  const { writer, directory, contents } = createWriter();
  expect(writer.append(line('one'))).toEqual({ part: 1, isNewPart: true });
  expect(writer.append(line('two'))).toEqual({ part: 1, isNewPart: false });
  const name = `${RUN_ID}.1.me.0.jsonl`;
  expect(contents()).toEqual({ [name]: 'one\ntwo\n' });
  expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
});

test('goes on in a file that was renamed: the delivery thread moves its name forward', () => {
  const { writer, directory, contents } = createWriter();
  writer.append(line('one'));
  renameSync(join(directory, `${RUN_ID}.1.me.0.jsonl`), join(directory, `${RUN_ID}.1.me.4.jsonl`));
  expect(writer.append(line('two')).isNewPart).toBe(false);
  expect(contents()).toEqual({ [`${RUN_ID}.1.me.4.jsonl`]: 'one\ntwo\n' });
});

test('goes on in a new part when its file was removed under it', () => {
  const { writer, directory, contents } = createWriter();
  writer.append(line('one'));
  unlinkSync(join(directory, `${RUN_ID}.1.me.0.jsonl`));
  expect(writer.append(line('two'))).toEqual({ part: 2, isNewPart: true });
  expect(contents()).toEqual({ [`${RUN_ID}.2.me.0.jsonl`]: 'two\n' });
});

test('starts a new part once one is over 1 MiB, and never tears a line over two', () => {
  const { writer, contents } = createWriter();
  const long = 'x'.repeat(600 * 1024);
  const parts = ['a', 'b', 'c'].map((name) => writer.append(line(name + long)).part);
  expect(parts).toEqual([1, 1, 2]);
  expect(writer.createdName()).toEqual({ runId: RUN_ID, part: 2, owner: 'me', deliveredBytes: 0 });
  expect(Object.values(contents()).map((text) => text.length)).toEqual([
    2 * long.length + 4,
    long.length + 2,
  ]);
});

test('goes on in a new part after it was closed', () => {
  const { writer, contents } = createWriter();
  writer.append(line('one'));
  writer.close();
  writer.append(line('two'));
  expect(Object.values(contents())).toEqual(['one\n', 'two\n']);
});

test('does not take over a file that is there already', () => {
  const { writer, directory, contents } = createWriter();
  writer.append(line('theirs'));
  const second = new SpoolWriter(directory, RUN_ID, 'me');
  expect(() => second.append(line('ours'))).toThrow('EEXIST');
  expect(Object.values(contents())).toEqual(['theirs\n']);
});

test.skipIf(process.getuid?.() === 0)(
  'says so when the directory takes no file, and tries again next time',
  () => {
    const { writer, directory } = createWriter();
    chmodSync(directory, 0o500);
    expect(() => writer.append(line('one'))).toThrow('EACCES');
    chmodSync(directory, 0o700);
    expect(writer.append(line('one'))).toMatchObject({ part: 1, isNewPart: true });
  },
);

test('a line that does not fit leaves nothing of itself, and a shorter one still fits after it', () => {
  const { path: directory, remove } = temporaryDirectory();
  onTestFinished(remove);
  // 1 block is 512 or 1024 bytes, as the shell has it: 400 fit once or twice, 3000 never, 50 always.
  const command = 'ulimit -f 1; exec "$0" "$@"';
  const args = [
    process.execPath,
    APPEND_UNTIL_FULL,
    directory,
    '400',
    '3000',
    '400',
    '400',
    '50',
    '3000',
    '50',
  ];
  const said = execFileSync('sh', ['-c', command, ...args], { encoding: 'utf8' })
    .trim()
    .split('\n');

  expect(said[0]).toBe('ok');
  expect([said[1], said[5]]).toEqual(['ENOSPC', 'ENOSPC']);
  expect([said[4], said[6]]).toEqual(['ok', 'ok']);
  const lengths = [400, 3000, 400, 400, 50, 3000, 50].filter((_, index) => said[index] === 'ok');
  const [text = ''] = Object.values(contentsOf(directory));
  expect(text.endsWith('\n')).toBe(true);
  expect(
    text
      .split('\n')
      .slice(0, -1)
      .map((each) => each.length + 1),
  ).toEqual(lengths);
});
