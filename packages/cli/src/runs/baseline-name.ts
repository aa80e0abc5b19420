import { InvalidValue, type Reader } from '../command-line/option.ts';

/** What a baseline may be called: a name that no shell and no selection takes for something else. */
const NAME = /^[\w.-]{1,100}$/;

/** Whether a text is the name of a baseline. */
export function isBaselineName(given: string): boolean {
  return NAME.test(given);
}

/** The name of a baseline. */
export const baselineName: Reader<string> = (given) => {
  if (isBaselineName(given)) return given;
  throw new InvalidValue(
    'allowed: 1 to 100 letters, digits, dots, dashes and underscores, such as release-1.3',
  );
};
