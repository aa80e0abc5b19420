/** Values of options, parsed: whatever they return is valid, and the message of what they throw says what is allowed. */
import { InvalidArgumentError } from 'commander';

/** A full URL. */
export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('Allowed is a full URL such as http://localhost:4318/v1/metrics.');
}

/** A whole number within limits, or a message that names both. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Allowed is a whole number from ${least} to ${most}.`);
  };
}
