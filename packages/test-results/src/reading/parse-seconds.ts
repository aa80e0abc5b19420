/** Times of tests, as runners write them in the language of their machine. */

/** Longer than this is no test: 7 days. */
const LIMIT_SECONDS = 7 * 24 * 60 * 60;

const PLAIN = /^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Digits in groups of three, all with the same separator. */
const GROUPED = /^\d{1,3}(?:([.,'\u2019 \u00a0\u202f])\d{3})(?:\1\d{3})*$/;

/**
 * Reads a number of seconds: `1.5`, `1e-05`, with thousands separators `1,234.5`, with a decimal comma `0,5` or `1.234,5`. A
 * comma or point that stands alone is the decimal one: runners that group digits write decimals too.
 *
 * @returns undefined for a time that is not known: missing, empty, negative, not a number or above 7 days
 */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = PLAIN.test(text) ? Number(text) : ungrouped(text.trim());
  return seconds >= 0 && seconds <= LIMIT_SECONDS ? seconds : undefined;
}

function ungrouped(text: string): number {
  if (PLAIN.test(text)) return Number(text);
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','));
  const isDecimal = last >= 0 && text.indexOf(text.charAt(last)) === last;
  const whole = isDecimal ? text.slice(0, last) : text;
  const decimals = isDecimal ? text.slice(last + 1) : '';
  const isNumber = (/^\d+$/.test(whole) || GROUPED.test(whole)) && /^\d*$/.test(decimals);
  return isNumber ? Number(`${whole.replace(/\D/g, '')}.${decimals}0`) : Number.NaN;
}
