/** Patterns of categories. */
import { parseGlob } from './glob.ts';

/**
 * Whether a category may have this pattern: in one that it may not have, a range is upside down.
 *
 * @example
 * ```ts
 * import { isCategoryPattern } from '@ephemetry/test-results/category-pattern';
 *
 * console.log(isCategoryPattern('tests/acp/**'), isCategoryPattern('tests/[z-a]/**')); // true false
 * ```
 */
export function isCategoryPattern(pattern: string): boolean {
  return parseGlob(pattern) !== undefined;
}
