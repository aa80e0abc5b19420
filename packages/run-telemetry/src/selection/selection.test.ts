import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_RUN } from '../fixtures/simulated-runs.ts';
import { formatSelection, isSelected, parseSelection, type Selection } from './selection.ts';

function selected(text: string): Selection {
  const parsed = parseSelection(text);
  if (parsed.kind === 'fault') throw new Error(parsed.message);
  return parsed.selection;
}

const RUN = {
  ...EMPTY_RUN,
  project: 'checkout',
  model: 'm1',
  tags: { release: '1.4' },
  config: { temperature: '0' },
  tools: new Map([['search', { calls: 1, failed: 0 }]]),
  startUnixMs: Date.UTC(2026, 0, 8),
};

describe('a run is selected', () => {
  test.each([
    ['', true],
    ['project=checkout', true],
    ['project=checkout&project=search', true],
    ['project=search', false],
    ['project=checkout&model=m2', false],
    ['tag.release=1.4', true],
    ['tag.constructor=x', false],
    ['config.temperature=0', true],
    ['tool=search', true],
    ['tool=book', false],
    ['scenario=s1', false],
    ['from=2026-01-08', true],
    ['to=2026-01-08', false],
    ['from=2026-01-07T23:00:00-02:00', false],
    ['from=2026-01-01&to=2026-01-09', true],
    ['without=scenario', true],
    ['without=scenario&without=model', false],
    ['without=tag.branch', true],
    ['without=tool', false],
  ])('by %j: %s', (text, expected) => {
    expect(isSelected(RUN, selected(text))).toBe(expected);
  });

  test('without a start in no time', () => {
    expect(isSelected(EMPTY_RUN, selected('from=2026-01-01'))).toBe(false);
  });
});

test.each([
  ['nonsense', 'allowed is key=value'],
  ['project=', 'allowed is key=value'],
  ['colour=red', 'allowed are project, scenario'],
  ['tag.=x', 'tag.NAME'],
  ['from=yesterday', 'as 2026-01-31'],
  ['from=2026-01-01&from=2026-01-02', 'one day or time'],
  ['project=%zz', 'allowed is key=value'],
  ['without=colour', 'allowed are project, scenario'],
])('%j is refused', (text, message) => {
  expect(parseSelection(text)).toMatchObject({ kind: 'fault', message: expect.stringContaining(message) });
});

test('a selection survives being written down', () => {
  const name = fc.oneof(
    fc.constantFrom('project', 'model', 'tool'),
    fc.string({ minLength: 1 }).map((tag) => `tag.${tag}`),
  );
  const values = fc.uniqueArray(
    fc.tuple(name, fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 })),
    {
      selector: ([key]) => key,
    },
  );
  const time = fc.option(fc.integer({ min: Date.UTC(2002), max: Date.UTC(2200) }), { nil: undefined });
  fc.assert(
    fc.property(values, fc.uniqueArray(name), time, time, (given, without, fromUnixMs, toUnixMs) => {
      const selection = { values: new Map(given), without, fromUnixMs, toUnixMs };
      expect(parseSelection(formatSelection(selection))).toEqual({ kind: 'selection', selection });
    }),
  );
});
