/** The path of a test's file, which decides its category. */
import type { TestName } from '../test-case.ts';
import type { Runner } from './runner.ts';

/** What a suite tells. */
export interface SuiteNames {
  readonly name: string;
  readonly file: string;
}

/**
 * As the report tells it, or as its runner hides it: pytest in the class, Vitest in the class, Playwright in the suite's name.
 *
 * @param given the case's own attribute
 * @returns with `/`, empty when nobody knows it
 */
export function fileOf(
  runner: Runner,
  given: string | undefined,
  { className, name }: Pick<TestName, 'className' | 'name'>,
  suite: SuiteNames | undefined,
): string {
  if (given !== undefined && given !== '') return given;
  if (suite !== undefined && suite.file !== '') return suite.file;
  if (runner === 'pytest') return moduleFile(className === '' ? name : className);
  if (runner === 'vitest') return className;
  if (runner === 'playwright') return suite?.name ?? '';
  return '';
}

/**
 * `tests.UI.test_a.TestK` is in `tests/UI/test_a.py`: a class is written with a capital, and so may a folder be, but no
 * module. What cannot be imported has no class, and its module is the name of the case.
 */
function moduleFile(dotted: string): string {
  const parts = dotted.split('.');
  const module = parts.findLastIndex((part) => !/^\p{Lu}/u.test(part));
  const modules = module < 0 ? parts : parts.slice(0, module + 1);
  return dotted === '' ? '' : `${modules.join('/')}.py`;
}
