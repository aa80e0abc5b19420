import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Complaints } from '../complaints.ts';
import { CumulativeValues } from './cumulative-values.ts';

/** One life of a counter: values that never fall, at least one. */
const life = fc
  .array(fc.nat(1e9), { minLength: 1, maxLength: 9 })
  .map((values) => values.sort((a, b) => a - b));

/** Lives, of which each begins below where the one before ended: only then a restart can be seen. */
const lives = fc
  .array(life, { minLength: 1, maxLength: 5 })
  .filter((all) => all.every(([first = 0], index) => index === 0 || first < (all[index - 1]?.at(-1) ?? 0)));

function sumOf(name: string, isOlder: boolean, values: readonly number[]): { sum: number; said: string[] } {
  const said: string[] = [];
  const counted = new CumulativeValues(name, isOlder, new Complaints((text) => said.push(text)));
  const attributes = { role: 'critic' };
  const increases = values.flatMap((value) => counted.increases([{ key: 'role', attributes, value }]));
  return { sum: increases.reduce((sum, { increase }) => sum + increase, 0), said };
}

test('the deltas of a counter add up to its last value, and to the last value of each life where it began anew', () => {
  fc.assert(
    fc.property(lives, (all) => {
      const { sum, said } = sumOf('jobs', false, all.flat());
      expect(sum).toBe(all.reduce((total, values) => total + (values.at(-1) ?? 0), 0));
      expect(said).toHaveLength(all.length > 1 ? 1 : 0);
    }),
  );
});

test('the deltas of a counter of the machine add up to what it grew by since it was seen first', () => {
  fc.assert(
    fc.property(lives, (all) => {
      const { sum } = sumOf('system.cpu.time', true, all.flat());
      expect(sum).toBe(all.reduce((total, values) => total + (values.at(-1) ?? 0) - (values[0] ?? 0), 0));
    }),
  );
});

test('what is observed again adds nothing', () => {
  fc.assert(
    fc.property(life, (values) => {
      const twice = values.flatMap((value) => [value, value, value]);
      expect(sumOf('jobs', false, twice).sum).toBe(values.at(-1));
    }),
  );
});
