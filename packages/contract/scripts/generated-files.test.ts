import { expect, test } from 'vitest';
import { ALERTS_FAMILY, FAB_FAMILY, FAB_METRICS, type MetricFamily, TESTS_FAMILY } from '../src/index.ts';
import { generatedFiles } from './generated-files.ts';

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

test('generates no catalogue of a family whose labels a deployment declares, nor of one that is scraped', () => {
  const files = generatedFiles([FAB_FAMILY, TESTS_FAMILY, ALERTS_FAMILY]);
  const catalogues = files.filter(({ path }) => path.startsWith('collector-config/series/'));
  expect(catalogues.map(({ path }) => path)).toEqual([
    'collector-config/series/fab.json',
    'collector-config/series/kustomization.yaml',
  ]);
  expect(catalogues.at(-1)?.text).not.toContain('tests.json');
});
