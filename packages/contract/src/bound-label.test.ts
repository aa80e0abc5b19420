import { expect, test } from 'vitest';
import { boundLabel } from './bound-label.ts';
import { FAB_LABELS } from './fab/labels.ts';
import type { LabelDefinition } from './metric.ts';

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
