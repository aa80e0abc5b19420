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
