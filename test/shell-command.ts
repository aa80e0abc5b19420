/** A shell block as the commands that it is made of. */

/** One command line. */
export interface ShellCommand {
  /** As it stands, continued lines joined, without its comment. */
  readonly text: string;
  /** Without `NAME=value` before the program, and `npx` before a program of this repository. */
  readonly words: readonly string[];
}

/** The command lines of a block, in order. */
export function commandsOf(code: string): readonly ShellCommand[] {
  const lines = code.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((text) => text !== '')
    .map((text) => ({ text, words: wordsOf(text) }));
}

/** The word behind an option, for example `--file`, each time it stands there. */
export function valuesOf({ words }: ShellCommand, option: string): readonly string[] {
  return words.flatMap((word, index) => (word === option ? (words[index + 1] ?? []) : []));
}

function wordsOf(text: string): readonly string[] {
  const words = text.split(/\s+/);
  const program = words.findIndex((word) => !/^[A-Z][A-Z0-9_]*=/.test(word));
  const rest = words.slice(program);
  if (rest[0] === 'npx' && ['ephemetry', '@ephemetry/cli'].includes(rest[1] ?? ''))
    return ['ephemetry', ...rest.slice(2)];
  // The README's way to call pnpm on a machine that has none.
  if (rest.slice(0, 3).join(' ') === 'npx -y pnpm@12') return ['pnpm', ...rest.slice(3)];
  return rest;
}
