/** Values of options, parsed: what they return is valid, and what they throw says what is allowed. */
import { InvalidValue, type Reader } from './option.ts';

/** Any text, also an empty one. */
export const text: Reader<string> = (given) => given;

/** Some text: an unset variable in `--run-id "$ID"` names nothing. */
export const someText: Reader<string> = (given) => {
  if (given !== '') return given;
  throw new InvalidValue('allowed: a text that is not empty; leave it out where it is not known');
};

/** A full URL. */
export const httpUrl: Reader<string> = (given) => {
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given;
  throw new InvalidValue('allowed: a full URL such as http://localhost:4318/v1/metrics');
};

/** The path of a directory: an unset variable in `--out "$DIRECTORY"` names none. */
export const directory: Reader<string> = (given) => {
  if (given !== '') return given;
  throw new InvalidValue('allowed: the path of a directory, as . for this one');
};

/** The path of a file. */
export const filePath: Reader<string> = (given) => {
  if (given !== '') return given;
  throw new InvalidValue('allowed: the path of a file');
};

/** A number in digits. */
export const decimal: Reader<number> = (given) => {
  if (/^[0-9]*\.?[0-9]+$/.test(given)) return Number(given);
  throw new InvalidValue('allowed: a number in digits, such as 0.95');
};

/** A whole number within limits. */
export function wholeNumber(least: number, most: number): Reader<number> {
  return (given) => {
    const value = Number(given);
    if (/^[0-9]+$/.test(given) && value >= least && value <= most) return value;
    throw new InvalidValue(`allowed: a whole number from ${least} to ${most}`);
  };
}

/** One of a few words. */
export function oneOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (given) => {
    const chosen = choices.find((choice) => choice === given);
    if (chosen !== undefined) return chosen;
    throw new InvalidValue(`allowed: one of ${choices.join(', ')}`);
  };
}

/** Any number, also a negative one and one with an exponent. */
export const number: Reader<number> = (given) => {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(given)) return Number(given);
  throw new InvalidValue('allowed: a number, such as 1 or 0.25');
};
