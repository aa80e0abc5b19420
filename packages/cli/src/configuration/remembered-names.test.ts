import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { InvalidValue } from '../command-line/option.ts';
import { labelName } from './config-option.ts';
import { namesDirectory, REMEMBERED_LIMIT, rememberName } from './remembered-names.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/remember-names.ts', import.meta.url));

/** A directory of names in a spool. */
function scratch(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const directory = join(path, 'names');
  mkdirSync(directory);
  return directory;
}

function slotsOf(directory: string): readonly string[] {
  const place = join(directory, 'suite');
  return readdirSync(place).map((slot) => readFileSync(join(place, slot), 'utf8'));
}

test('a name is remembered once, however often it is given', () => {
  const directory = scratch();
  for (const name of ['hermes', 'nightly', 'hermes']) {
    expect(rememberName('suite', name, directory)).toEqual({ kind: 'remembered' });
  }
  expect(slotsOf(directory)).toEqual(['hermes', 'nightly']);
});

test('the name beyond the limit is unknown and said, and those before it stay known', () => {
  const directory = scratch();
  for (let index = 0; index < REMEMBERED_LIMIT; index += 1) rememberName('suite', `n${index}`, directory);
  expect(rememberName('suite', 'late', directory)).toEqual({
    kind: 'unknown',
    message: `suite "late" is recorded as unknown: 64 names are remembered in ${directory}/suite; declare it in ephemetry.yaml`,
  });
  expect(rememberName('suite', 'n63', directory)).toEqual({ kind: 'remembered' });
  expect(slotsOf(directory)).toHaveLength(REMEMBERED_LIMIT);
});

test('each label has names of its own, in files of this user alone', () => {
  const directory = scratch();
  rememberName('suite', 'a', directory);
  rememberName('target', 'b', directory);
  expect(readdirSync(directory).sort()).toEqual(['suite', 'target']);
  expect(statSync(join(directory, 'suite')).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'suite', '0')).mode & 0o777).toBe(0o600);
});

test('processes that begin at once with the same names remember each once', async () => {
  const directory = scratch();
  const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
  const orders = [names, names.toReversed(), names, names.toReversed()];
  const ended = await Promise.all(
    orders.map((order) => runProgram(PROGRAM, { args: [directory, ...order] })),
  );
  for (const { code, stdout } of ended) {
    expect(code).toBe(0);
    expect(stdout.match(/ remembered$/gm)).toHaveLength(names.length);
  }
  expect([...slotsOf(directory)].sort()).toEqual([...names].sort());
});

test('processes that want more names than there is room for get so many together', async () => {
  const directory = scratch();
  for (let index = 0; index < REMEMBERED_LIMIT - 5; index += 1)
    rememberName('suite', `old${index}`, directory);
  const ended = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      runProgram(PROGRAM, { args: [directory, `${name}1`, `${name}2`, `${name}3`] }),
    ),
  );
  const said = ended.map(({ stdout }) => stdout).join('');
  expect(said.match(/ remembered$/gm)).toHaveLength(5);
  expect(said.match(/ unknown$/gm)).toHaveLength(4);
  expect(slotsOf(directory)).toHaveLength(REMEMBERED_LIMIT);
});

test('what a killed process left goes after an hour, and what one writes now stays', () => {
  const directory = scratch();
  mkdirSync(join(directory, 'suite'));
  const [old, young] = [join(directory, 'suite', '.old'), join(directory, 'suite', '.young')];
  for (const path of [old, young]) writeFileSync(path, 'half');
  utimesSync(old, new Date(0), new Date(0));
  rememberName('suite', 'a', directory);
  expect(readdirSync(join(directory, 'suite')).sort()).toEqual(['.young', '0']);
});

test.each<[string, (place: string) => void]>([
  ['a link to another file', (place) => symlinkSync('/etc/hostname', join(place, '0'))],
  ['a directory', (place) => mkdirSync(join(place, '0'))],
  ['a file of any size', (place) => writeFileSync(join(place, '0'), 'x'.repeat(10_000))],
])('%s in the place of a name makes the label unknown, and says where', (_what, plant) => {
  const directory = scratch();
  mkdirSync(join(directory, 'suite'));
  plant(join(directory, 'suite'));
  const remembered = rememberName('suite', 'a', directory);
  expect(remembered.kind).toBe('unknown');
  expect(remembered).toMatchObject({
    message: expect.stringContaining(`${directory}/suite cannot be used (`),
  });
});

test('names are in the spool, whose programs share them, and in none that others could write to', () => {
  const [state, temporary, spool] = [scratch(), scratch(), join(scratch(), 'spool')];
  const env = { XDG_STATE_HOME: state, TMPDIR: temporary };
  expect(namesDirectory(env)).toBe(join(state, 'ephemetry', 'spool', 'names'));
  expect(namesDirectory(env, spool)).toBe(join(spool, 'names'));
  mkdirSync(spool);
  chmodSync(spool, 0o777);
  expect(rememberName('suite', 'a', join(spool, 'names'))).toMatchObject({
    kind: 'unknown',
    message: expect.stringContaining('other users can write to it'),
  });
});

test.each(['', 'unknown', 'a b', '-x', 'x'.repeat(65), '\u001b[2J'])(
  'a flag refuses the name %j',
  (given) => {
    expect(() => labelName()(given)).toThrow(InvalidValue);
  },
);

test('a flag takes a name that a file could declare', () => {
  expect(labelName()('hermes-2.1')).toBe('hermes-2.1');
});
