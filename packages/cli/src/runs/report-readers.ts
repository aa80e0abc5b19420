/** Values of the options of `runs report`. */
import { DIMENSION_RULE, isDimension } from '@ephemetry/run-telemetry';
import { InvalidValue, type Reader } from '../command-line/option.ts';

/** `model,tool` */
export const dimensions: Reader<readonly string[]> = (given) => {
  const names = given.split(',').map((name) => name.trim());
  for (const name of names)
    if (!isDimension(name))
      throw new InvalidValue(`allowed: ${DIMENSION_RULE}, with commas; ${JSON.stringify(name)} is none`);
  if (new Set(names).size < names.length)
    throw new InvalidValue('a dimension is named twice; allowed is once');
  return names;
};

const STEPS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `1h`, `1d`, `1w`: milliseconds. */
export const step: Reader<number> = (given) => {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,3})([hdw])$/.exec(given) ?? [];
  const length = STEPS[unit];
  if (length === undefined) throw new InvalidValue('allowed: a number and h, d or w, such as 1h, 1d or 1w');
  return Number(amount) * length;
};
