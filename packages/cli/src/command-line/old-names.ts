/** Verbs that were called otherwise: the old names work until 1.0, and one line says the new one. */

const OLD_NAMES: readonly {
  readonly was: string;
  readonly is: string;
  readonly options: readonly string[];
}[] = [
  { was: 'grafana export', is: 'boards export', options: ['--board', 'fab'] },
  { was: 'grafana', is: 'boards', options: [] },
  { was: 'metrics', is: 'merges', options: [] },
];

/** The arguments with the name of today, and what to say when that is not the one that was typed. */
export function withoutOldNames(args: readonly string[]): {
  readonly args: readonly string[];
  readonly notice?: string;
} {
  const old = OLD_NAMES.find(({ was }) => was.split(' ').every((word, index) => args[index] === word));
  if (old === undefined) return { args };
  const { was, is, options } = old;
  const now = ['ephemetry', is, ...options].join(' ');
  return {
    args: [...is.split(' '), ...options, ...args.slice(was.split(' ').length)],
    notice: `ephemetry ${was} is now ${now}; the old name works until 1.0`,
  };
}
