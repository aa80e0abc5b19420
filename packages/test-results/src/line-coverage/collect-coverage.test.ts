import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { collectCoverage } from './collect-coverage.ts';

it('files that have too many lines together leave no coverage, and are told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['a', 'b'])
    writeFileSync(join(folder, name), `SF:${name}.js\nDA:1,1\nDA:2,0\nend_of_record\n`);
  const paths = [join(folder, 'a'), join(folder, 'b')];
  expect(collectCoverage(paths, 4)).toMatchObject({ coverage: { covered: 2, total: 4 }, problems: [] });
  expect(collectCoverage(paths, 3)).toMatchObject({
    coverage: undefined,
    problems: [`${join(folder, 'b')} is refused: there are more than 3 lines`],
  });
});
