/** Where the runs of a comparison come from: a file, a baseline of the database by its name, or a selection of it. */
import { formatSelection, parseSelection, type Selection } from '@ephemetry/run-telemetry';
import { InvalidValue, type Reader } from '../command-line/option.ts';
import { isBaselineName } from './baseline-name.ts';

/** Runs that somebody names. */
export type RunSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'baseline'; readonly name: string }
  | { readonly kind: 'selection'; readonly selection: Selection };

export const SOURCE_HELP = '@FILE, the name of a baseline, or a selection such as tag.release=1.3';

/** `@FILE`, the name of a baseline, or a selection. */
export const baselineSource: Reader<RunSource> = (given) => {
  if (isBaselineName(given)) return { kind: 'baseline', name: given };
  return currentSource(given);
};

/** `@FILE` or a selection. */
export const currentSource: Reader<RunSource> = (given) => {
  if (given.startsWith('@') && given.length > 1) return { kind: 'file', path: given.slice(1) };
  if (!given.includes('='))
    throw new InvalidValue(
      'allowed: @ and the path of a file of events, such as @before.jsonl, or a selection of the database, such as "project=checkout&tag.release=1.4"',
    );
  const parsed = parseSelection(given);
  if (parsed.kind === 'selection') return { kind: 'selection', selection: parsed.selection };
  throw new InvalidValue(parsed.message);
};

/** As it is given. */
export function sourceText(source: RunSource): string {
  switch (source.kind) {
    case 'file':
      return `@${source.path}`;
    case 'baseline':
      return source.name;
    case 'selection':
      return formatSelection(source.selection);
  }
}
