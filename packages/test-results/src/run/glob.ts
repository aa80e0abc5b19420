/** Globs over paths with `/`: `*`, `?`, `**`, `[ab]` and `{one,two}`. */

/** Whether a text has a character that only globs have. */
export function isGlob(path: string): boolean {
  return /[*?{[]/.test(path);
}

/**
 * The paths that a glob matches: `tests/**` has `tests/acp/test_a.py`.
 *
 * @returns undefined for a glob that cannot be read: a range such as `[z-a]` is upside down
 */
export function parseGlob(glob: string): RegExp | undefined {
  try {
    return new RegExp(`^${sourceOf(glob)}$`, 's');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The same of a glob that was checked before.
 *
 * @throws {TypeError} when it cannot be read
 */
export function globPattern(glob: string): RegExp {
  const pattern = parseGlob(glob);
  if (pattern === undefined) throw new TypeError(`${glob} is no glob; allowed: ranges such as [a-z]`);
  return pattern;
}

function sourceOf(glob: string): string {
  const simple = glob.replace(/(?:\*\*\/)+/g, '**/').replace(/(^|\/)\*\*$/, '$1**/*');
  return simple.replace(TOKEN, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '?') return '[^/]';
    if (token.startsWith('*')) return '[^/]*';
    if (token.length > 2 && token.startsWith('[')) return characterClass(token.slice(1, -1));
    // One of several globs.
    return token.length > 1 ? `(?:${token.slice(1, -1).split(',').map(sourceOf).join('|')})` : escaped(token);
  });
}

const TOKEN = /\*\*\/|\*+|\?|\[!?[^\]/]+\]|\{[^{}]*\}|[\s\S]/g;

/** `!` turns it around; a part of a path ends at `/` all the same. */
function characterClass(inside: string): string {
  const isNegated = inside.length > 1 && inside.startsWith('!');
  const characters = (isNegated ? inside.slice(1) : inside).replace(/[\\^]/g, '\\$&');
  return `[${isNegated ? '^/' : ''}${characters}]`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
