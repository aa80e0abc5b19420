/** Text from reports, runs and the network, made harmless for a Markdown page: text there, never markup. */
import { safeText } from './safe-text.ts';

const LENGTH_LIMIT = 300;

/**
 * One line of code, in which nothing is markup, a link or a mention. Outside of code a page makes a link of every URL and
 * address, however its characters are escaped.
 *
 * @param limit so many characters are shown; an ellipsis says that there were more
 * @see https://spec.commonmark.org/0.31.2/#code-spans
 */
export function markdownCode(text: string, limit: number = LENGTH_LIMIT): string {
  const line = oneLine(text, limit);
  if (line === '') return '(empty)';
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + runs.reduce((longest, { length }) => Math.max(longest, length), 0));
  const space = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** One line of what we wrote, or a name of the configuration: no HTML, no links, no tables. */
export function escapedMarkdown(text: string): string {
  return oneLine(text, LENGTH_LIMIT)
    .replace(/[\\`*_{}[\]()#+!|~@]/g, '\\$&')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function oneLine(text: string, limit: number): string {
  // A character has one unit or two, and none is cut in half.
  const characters = [...safeText(text.slice(0, 2 * limit + 2))];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : characters.join('');
}
