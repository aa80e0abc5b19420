import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';

const MAKER = join(import.meta.dirname, 'fixtures', 'tool-maker.ts');

test('of several that want a tool at once one makes it', async () => {
  using folder = temporaryDirectory();
  const [tool, log] = [join(folder.path, 'cache', 'tool'), join(folder.path, 'log')];
  const makers = [1, 2, 3].map(() => runProgram(MAKER, { args: [tool, log] }));
  for (const { code } of await Promise.all(makers)) expect(code).toBe(0);
  expect(readFileSync(log, 'utf8')).toBe('made\n');
  expect(readFileSync(tool, 'utf8')).toBe('whole');
});

test('whoever is killed while it makes a tool leaves its place to the next', async () => {
  using folder = temporaryDirectory();
  const [tool, log] = [join(folder.path, 'tool'), join(folder.path, 'log')];
  await runProgram(MAKER, { args: [tool, log, 'dies'] });
  await runProgram(MAKER, { args: [tool, log] });
  expect(readFileSync(log, 'utf8')).toBe('made\nmade\n');
  expect(readFileSync(tool, 'utf8')).toBe('whole');
});
