/**
 * What the boards and alerts say of a counter that begins with its first event, against histories judged by promtool.
 * With a real gateway most of its counters are scraped at 0 first, and then increase() alone would be right.
 */
import { fabObservability } from '@ephemetry/grafana';
import { describe, expect, test } from 'vitest';
import { mergedPoints } from './alert-histories.ts';
import { assertValues, type Change, type ValueHistory } from './alert-scenario.ts';
import { EVERYTHING, withVariables } from './grafana-answers.ts';

const TITLE = 'Duplicate points dropped';
const panels = fabObservability().dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
/** The window is an hour. One function writes all expressions of this shape. */
const EXPRESSION = withVariables(
  panels.find(({ title }) => title === TITLE)?.queries[0]?.expr ?? '',
  EVERYTHING,
);

/** What happened, and what it says at which minute. */
const HISTORIES: readonly (readonly [string, readonly Change[], ValueHistory['values']])[] = [
  [
    'the first value counts whole, for as long as the window has it',
    [
      [0, 'absent'],
      [100, 7],
    ],
    { 99: 'nothing', 100: 7, 159: 7, 161: 0, 300: 0 },
  ],
  [
    'so does what is added to it',
    [
      [0, 'absent'],
      [100, 7],
      [110, 12],
    ],
    { 105: 7, 115: 12, 165: 5, 171: 0 },
  ],
  [
    'after a time without samples only what was added counts',
    [
      [0, 7],
      [60, 'absent'],
      [70, 12],
    ],
    { 75: 5, 119: 5, 131: 0 },
  ],
  [
    'after a time without samples the same value is nothing new',
    [
      [0, 7],
      [60, 'absent'],
      [70, 7],
    ],
    { 75: 0, 119: 0, 127: 0, 131: 0 },
  ],
  [
    'around a restart, what came before it counts too',
    [
      [0, 10],
      [100, 20],
      [110, 'stale'],
      [112, 4],
    ],
    { 105: 10, 115: 14, 155: 14, 165: 4, 175: 0 },
  ],
  [
    'around a restart, after which there is more than before',
    [
      [0, 10],
      [100, 20],
      [110, 'stale'],
      [112, 4],
      [114, 30],
    ],
    { 116: 40, 165: 30, 175: 0 },
  ],
  [
    'after a restart longer ago than the window, the first value counts whole',
    [
      [0, 7],
      [100, 'stale'],
      [165, 3],
    ],
    { 99: 0, 166: 3, 224: 3, 226: 0 },
  ],
  [
    'a series that began and was reset within one window lacks its first value',
    [
      [0, 'absent'],
      [100, 20],
      [110, 'stale'],
      [112, 4],
    ],
    { 105: 20, 115: 4 },
  ],
  [
    'a restart that begins with more than there was looks like growth',
    [
      [0, 4],
      [100, 'stale'],
      [112, 9],
    ],
    { 115: 5 },
  ],
];

function judge(expr: string, changes: readonly Change[], values: ValueHistory['values']): void {
  assertValues(expr, { series: { [mergedPoints('delta.ErrOutOfOrder')]: changes }, values });
}

test.each(HISTORIES)('%s', (_, changes, values) => {
  judge(EXPRESSION, changes, values);
});

describe('an expression that is wrong', () => {
  /** What is forgotten or confused; what is written, and what is written instead. */
  const MISTAKES: readonly (readonly [string, RegExp, string])[] = [
    ['no first value', /\(\(.+\) or /, '('],
    ['no increase', / or increase\(.+\]\)/, ''],
    ['the window before', / unless last_over_time\(.+?\) <= [^ ]+/, ''],
    ['its offset', / offset 1h/, ''],
    ['what it was last', /last_over_time/, 'max_over_time'],
    ['the same as before', /<=/, '<'],
    ['more than before', /<=/, '>='],
    ['resets', / unless resets\(.+?\) > 0/, ''],
    ['that resets() is 0 where there are none', / > 0/, ''],
  ];

  test.each(MISTAKES)('in "%s" is noticed', (_, written, instead) => {
    const wrong = EXPRESSION.replace(written, instead);
    expect(wrong).not.toBe(EXPRESSION);
    const judgeAll = () => {
      for (const [, changes, values] of HISTORIES) judge(wrong, changes, values);
    };
    // Another answer, not an expression that does not parse.
    expect(judgeAll).toThrow(/\bgot: *(?:\{|nil)/);
  });
});
