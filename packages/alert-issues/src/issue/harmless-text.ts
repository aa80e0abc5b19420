/**
 * Labels and annotations as text that takes no effect: no mention, no link, no reference to another issue, no markup. They come
 * from whoever may write a rule or a metric, and a Gitea sends mail for a mention.
 */

/** Line breaks and blanks around them. */
const BREAKS = /\s*[\n\r\u2028\u2029]+\s*/g;
/** Other controls, and those of writing direction, which show a text in another order than it has. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line of at most so many characters. */
export function oneLine(text: string, limit: number): string {
  // What is cut off anyway need not be looked at.
  const line = text
    .slice(0, 2 * limit + 1000)
    .replace(BREAKS, ' ')
    .replace(CONTROLS, '\ufffd')
    .trim();
  const characters = [...line];
  const isCut = characters.length > limit || text.length > 2 * limit + 1000;
  return isCut ? `${characters.slice(0, limit - 1).join('')}…` : line;
}

/**
 * A code span: Gitea looks for mentions, links and references outside of code only.
 *
 * @see https://spec.commonmark.org/0.31.2/#code-spans
 */
export function codeSpan(text: string, limit: number): string {
  const line = oneLine(text, limit);
  if (line === '') return '(empty)';
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + runs.reduce((longest, { length }) => Math.max(longest, length), 0));
  const space = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/**
 * A part of a title, which knows no code: what would refer to somebody or something is written with a sign that looks alike.
 * A title refers to `#12`, `!12`, `@name` and the address of an issue, and shows `:tada:` as a picture.
 */
export function titleText(text: string, limit: number): string {
  return oneLine(text, limit)
    .replaceAll('@', '＠')
    .replaceAll('#', '＃')
    .replaceAll('`', '´')
    .replace(/!(?=\d)/g, '！')
    .replaceAll('://', ':⁄⁄')
    .replace(/:(?=[\w+-]+:)/g, '꞉');
}
