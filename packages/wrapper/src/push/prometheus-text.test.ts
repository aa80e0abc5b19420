import { expect, test } from 'vitest';
import { readPrometheusText } from './prometheus-text.ts';

/** The values of what counts, by name, and the lines that do not. */
function read(text: string): { readonly values: object; readonly faults: readonly number[] } {
  const { measurements, faults } = readPrometheusText(text);
  const values = measurements.map(({ measurement }) => [
    measurement.name,
    measurement.kind === 'histogram' ? measurement.counts : measurement.value,
  ]);
  return { values: Object.fromEntries(values), faults: faults.map(({ line }) => line) };
}

test.each([
  ['a value', '# TYPE a_total counter\na_total 1\n# TYPE b_total counter\nb_total 12', { a_total: 1 }, [4]],
  ['a comment', '# TYPE a_total counter\na_total 1\n# EOF', { a_total: 1 }, []],
  ['nothing', '# TYPE a_total counter\r\na_total 1\r\n', { a_total: 1 }, []],
])('takes no line that was cut off: %s', (_, text, values, faults) => {
  expect(read(text)).toEqual({ values, faults });
});

const WHOLE = [
  '# TYPE took_seconds histogram',
  'took_seconds_bucket{le="1"} 1',
  'took_seconds_bucket{le="5"} 3',
  'took_seconds_bucket{le="+Inf"} 4',
  'took_seconds_sum 9',
  'took_seconds_count 4',
];

test('reads the buckets of a histogram apart', () => {
  expect(read(`${WHOLE.join('\n')}\n`)).toEqual({ values: { took_seconds: [1, 2, 1] }, faults: [] });
});

test.each([
  ['a value that is none', 2, 'took_seconds_bucket{le="5"} NaN'],
  ['a bound that is none', 2, 'took_seconds_bucket{le="five"} 3'],
  ['a bound that was there', 2, 'took_seconds_bucket{le="1.0"} 3'],
  ['labels that cannot be read', 2, 'took_seconds_bucket{le="5} 3'],
  ['a count that is none', 5, 'took_seconds_count -1'],
])('counts no histogram in which a line has %s, as if it had other buckets', (_, index, line) => {
  const lines = [...WHOLE.with(index, line), '# TYPE a_total counter', 'a_total 1', ''];
  expect(read(lines.join('\n'))).toEqual({ values: { a_total: 1 }, faults: [2, index + 1] });
});

test('counts the other label sets of a histogram', () => {
  const other = WHOLE.slice(1).map((line) =>
    line.replace('{', '{job="b",').replace(/(sum|count) /, '$1{job="b"} '),
  );
  const lines = [...WHOLE.with(2, 'took_seconds_bucket{le="5"} NaN'), ...other, ''];
  expect(read(lines.join('\n'))).toEqual({ values: { took_seconds: [1, 2, 1] }, faults: [2, 3] });
});

test('names a line that is far too long, and counts the others', () => {
  const long = `a_total{file="${'x'.repeat(15_000_000)}"} 1`;
  expect(read(['# TYPE a_total counter', long, 'a_total 1', ''].join('\n'))).toEqual({
    values: { a_total: 1 },
    faults: [2],
  });
});
