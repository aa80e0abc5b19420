import { expect, test } from 'vitest';
import { FAB_FAMILY, FAB_METRICS, type MetricFamily } from '../src/index.ts';
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
