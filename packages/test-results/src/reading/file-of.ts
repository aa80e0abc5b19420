/** The path of a test's file, which decides its category. */
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
  className: string,
  suite: SuiteNames | undefined,
): string {
  if (given !== undefined && given !== '') return given;
  if (suite !== undefined && suite.file !== '') return suite.file;
  if (runner === 'pytest') return moduleFile(className);
  if (runner === 'vitest') return className;
  if (runner === 'playwright') return suite?.name ?? '';
  return '';
}

/** `tests.acp.test_a.TestK` is in `tests/acp/test_a.py`: modules are written small, classes are not. */
function moduleFile(className: string): string {
  const parts = className.split('.');
  const firstClass = parts.findIndex((part) => /^[A-Z]/.test(part));
  const modules = firstClass > 0 ? parts.slice(0, firstClass) : parts;
  return className === '' ? '' : `${modules.join('/')}.py`;
}
