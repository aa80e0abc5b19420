/** Messages quote what they were given; a stranger decides how long that is. */

const QUOTE_LIMIT_CHARACTERS = 80;

/** The beginning of a text that is too long to be quoted, and how long it is. */
export function shorten(text: string, limitCharacters: number = QUOTE_LIMIT_CHARACTERS): string {
  if (text.length <= limitCharacters) return text;
  return `${text.slice(0, limitCharacters)}… (${text.length} characters)`;
}

const LISTED_NUMBERS = 5;

/** The first of many numbers, and how many there are. */
export function shortList(numbers: readonly number[]): string {
  const listed = numbers.slice(0, LISTED_NUMBERS).join(', ');
  return numbers.length <= LISTED_NUMBERS ? listed : `${listed}… (${numbers.length} in all)`;
}

/** A short text without the long one it was cut from, which a part of a string keeps in memory. */
export function cutFree(text: string, limitCharacters: number): string {
  if (text.length <= limitCharacters) return text;
  return Buffer.from(text.slice(0, limitCharacters), 'utf16le').toString('utf16le');
}
