import { expect, test } from 'vitest';
import { boundLabel } from './bound-label.ts';
import { FAB_LABELS } from './fab/labels.ts';
import type { LabelDefinition } from './metric.ts';
import { TESTS_LABELS } from './tests/labels.ts';

const labels: readonly LabelDefinition[] = Object.values(FAB_LABELS);

test.each(labels)('keeps every allowed value of $name', (label) => {
  expect(label.values.map((value) => boundLabel(label, value))).toEqual(label.values);
});

test.each([undefined, '', 'PASS', 'pass ', 'toString', '__proto__', 'prompt: write me a poem'])(
  'says unknown for %j',
  (value) => {
    expect(boundLabel(FAB_LABELS.result, value)).toBe('unknown');
  },
);

test('keeps a value that the deployment declares, and says unknown for all others', () => {
  const declared = ['hermes', 'nightly'];
  expect(
    ['hermes', 'nightly', 'Hermes', undefined].map((value) =>
      boundLabel(TESTS_LABELS.suite, value, declared),
    ),
  ).toEqual(['hermes', 'nightly', 'unknown', 'unknown']);
});

test('says unknown where a deployment declares nothing', () => {
  expect(boundLabel(TESTS_LABELS.suite, 'hermes')).toBe('unknown');
});

test('refuses values that a deployment declares for a label of the contract', () => {
  expect(() => boundLabel(FAB_LABELS.result, 'maybe', ['maybe'])).toThrow(
    'The values of the label "result" are those of the contract (pass, fail, unknown): a deployment declares none.',
  );
});
