/** A variable of the command that nobody can look up does not exist. Those of the exporter have a test beside it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

test('every variable that the command reads is in the guide of settings', () => {
  const guide = readFileSync(join(ROOT, 'docs/guide/settings.md'), 'utf8');
  const sources = globSync('packages/cli/src/**/*.ts', { cwd: ROOT }).filter(
    (path) => !/\.test\.ts$|\/fixtures\//.test(path),
  );
  const variables = new Set(
    sources.flatMap(
      (path) => readFileSync(join(ROOT, path), 'utf8').match(/(?<=')EPHEMETRY_\w+(?=')/g) ?? [],
    ),
  );
  expect(variables.size).toBeGreaterThan(4);
  expect([...variables].filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});
