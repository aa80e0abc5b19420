/** What a deployment declares of a suite: its name and its parts. */
import { UNKNOWN } from '@ephemetry/contract';
import { globPattern } from './run/glob.ts';

/** A part of a suite: the tests whose files match one of the patterns. */
export interface Category {
  readonly name: string;
  /** Globs over the files of tests, relative, with `/`. */
  readonly patterns: readonly string[];
}

/** The tests that one run reports on. */
export interface Suite {
  readonly name: string;
  /** The first one that matches a file has it. */
  readonly categories: readonly Category[];
}

/** The names of a suite's categories, `unknown` first: what matches none of them is there. */
export function categoryNames({ categories }: Suite): readonly string[] {
  return [UNKNOWN, ...categories.map(({ name }) => name)];
}

/** A report may claim longer ones, in which a pattern with several `**` would look for hours. */
const PATH_LIMIT_CHARACTERS = 1000;

/**
 * Finds the category of a file; one whose path is longer than 1,000 characters has none.
 *
 * @param suite its patterns decide
 * @param root the folder that patterns are relative to
 * @throws {TypeError} when a pattern is none, see `isCategoryPattern`
 * @returns a function that gives the category's place in {@link categoryNames}
 *
 * @example
 * ```ts
 * const suite = { name: 'hermes', categories: [{ name: 'acp', patterns: ['tests/acp/**'] }] };
 * categoryFinder(suite, '/work')('/work/tests/acp/test_a.py'); // 1
 * ```
 */
export function categoryFinder({ categories }: Suite, root: string): (file: string) => number {
  const prefix = root.endsWith('/') ? root : `${root}/`;
  const patterns = categories.map((category) => category.patterns.map(globPattern));
  return (file) => {
    if (file.length > prefix.length + PATH_LIMIT_CHARACTERS) return 0;
    const slashed = file.replaceAll('\\', '/');
    const relative = (slashed.startsWith(prefix) ? slashed.slice(prefix.length) : slashed).replace(
      /^(\.\/)+/,
      '',
    );
    if (relative === '' || relative.length > PATH_LIMIT_CHARACTERS) return 0;
    const place = patterns.findIndex((each) => each.some((pattern) => pattern.test(relative)));
    return place + 1;
  };
}
