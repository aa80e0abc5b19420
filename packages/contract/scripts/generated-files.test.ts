import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FAB_FAMILY, FAB_METRICS, type MetricFamily } from '../src/index.ts';
import { generatedFiles } from './generated-files.ts';

const repositoryRoot = join(import.meta.dirname, '../../..');

test.each(generatedFiles())('$path is what the contract says', ({ path, text }) => {
  const onDisk = readOrEmpty(join(repositoryRoot, path));
  // Not toBe: the difference of a 300 KB line would bury the one thing to do about it.
  expect(onDisk === text, `${path} is stale. Run: pnpm generate`).toBe(true);
});

test('generates nothing from a declaration that breaks a rule', () => {
  const broken: MetricFamily = {
    ...FAB_FAMILY,
    metrics: { tokens: { ...FAB_METRICS.tokens, unit: 'tokens' } },
  };
  expect(() => generatedFiles([broken])).toThrow(/fab_tokens_total: unit "tokens" is neither/);
});

test('generates nothing when two families share a name', () => {
  expect(() => generatedFiles([FAB_FAMILY, FAB_FAMILY])).toThrow(/fab_tokens_total: declared more than once/);
});

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
