/** Globs over paths with `/`: `*`, `?`, `**`, `[ab]` and `{one,two}`. */

/** Whether a text has a character that only globs have. */
export function isGlob(path: string): boolean {
  return /[*?{[]/.test(path);
}

/**
 * The paths that a glob matches: `tests/**` has `tests/acp/test_a.py`.
 */
export function globPattern(glob: string): RegExp {
  const simple = glob.replace(/(?:\*\*\/)+/g, '**/').replace(/(^|\/)\*\*$/, '$1**/*');
  const source = simple.replace(TOKEN, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '?') return '[^/]';
    if (token.startsWith('*')) return '[^/]*';
    if (token.startsWith('[')) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return token.startsWith('{')
      ? `(?:${token.slice(1, -1).split(',').map(escaped).join('|')})`
      : escaped(token);
  });
  return new RegExp(`^${source}$`, 's');
}

const TOKEN = /\*\*\/|\*+|\?|\[!?[^\]/]+\]|\{[^{}]*\}|[\s\S]/g;

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
