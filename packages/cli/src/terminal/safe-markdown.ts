/** Text from reports, runs and the network, made harmless for a Markdown page: text there, never markup. */

const LENGTH_LIMIT = 300;

/**
 * One line of code, in which nothing is markup, a link or a mention. Outside of code a page makes a link of every URL and
 * address, however its characters are escaped.
 *
 * @see https://spec.commonmark.org/0.31.2/#code-spans
 */
export function markdownCode(text: string): string {
  const line = oneLine(text);
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + runs.reduce((longest, { length }) => Math.max(longest, length), 0));
  const space = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** One line of what we wrote, or a name of the configuration: no HTML, no links, no tables. */
export function escapedMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]()#+!|~@]/g, '\\$&')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function oneLine(text: string): string {
  return text
    .slice(0, LENGTH_LIMIT)
    .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
