import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { loadSqlite } from './load-sqlite.ts';

test('the warning of an experimental node:sqlite is not printed, and any other is', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const before = process.emitWarning;
  const sqlite = loadSqlite(((id: string) => {
    process.emitWarning(
      'SQLite is an experimental feature and might change at any time',
      'ExperimentalWarning',
    );
    process.emitWarning('this is old', 'DeprecationWarning');
    return process.getBuiltinModule(id);
  }) as typeof process.getBuiltinModule);
  expect(sqlite).toHaveProperty('DatabaseSync');
  expect(warned.mock.calls).toEqual([['this is old', 'DeprecationWarning']]);
  expect(process.emitWarning).toBe(before);
});

test('a Node without it, or with an early one, has none', () => {
  expect(loadSqlite((() => undefined) as typeof process.getBuiltinModule)).toBeUndefined();
  const early = { DatabaseSync: class {}, StatementSync: class {} };
  expect(loadSqlite((() => early) as unknown as typeof process.getBuiltinModule)).toBeUndefined();
});

test('a program that loads it prints nothing on stderr', () => {
  const script = `import { loadSqlite } from ${JSON.stringify(join(import.meta.dirname, 'load-sqlite.ts'))}; loadSqlite();`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});
