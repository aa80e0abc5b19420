/** Whatever a server sends ends in one line on stderr. */

const DETAIL_LIMIT_CHARACTERS = 200;

/** The text as one short line of printable ASCII. */
export function shortenDetail(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, DETAIL_LIMIT_CHARACTERS);
}
