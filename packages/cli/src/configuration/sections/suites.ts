/** `suites`: what test runs are called, and the parts that they have. */
import type { Suite } from '@ephemetry/test-results';
import { isCategoryPattern } from '@ephemetry/test-results/category-pattern';
import { quoted } from '../given.ts';
import { oneOrMore } from '../shape/list.ts';
import { durationMs } from '../shape/number.ts';
import { byName, type Named, optional, record } from '../shape/record.ts';
import { type Located, located, mapped, type Refuse, type Shape } from '../shape/shape.ts';
import { LABEL_NAME, text } from '../shape/text.ts';

/** A suite, and how old its last run may be. */
export interface DeclaredSuite extends Suite {
  /** A last run that is older than this is too old. */
  readonly maxAgeMs?: number;
}

const PATTERN_LIMIT = 512;
const PATTERNS = 32;

/** As it is compared and matched: `./tests//acp/**` is `tests/acp/**`. */
const pattern: Shape<string> = mapped(text(PATTERN_LIMIT), (given) => {
  const normalised = given.replace(/\/{2,}/g, '/').replace(/^(\.\/)+/, '');
  const isRelative = normalised !== '' && !normalised.startsWith('/') && !normalised.includes('\\');
  const isInside = isRelative && !normalised.split('/').includes('..');
  if (isInside && isCategoryPattern(normalised)) return { value: normalised };
  return {
    problem: `is ${quoted(given)}`,
    allowed: "a relative pattern with / and without .., such as 'tests/acp/**', with ranges such as [a-z]",
  };
});

const categories: Shape<readonly Named<readonly Located<string>[]>[]> = byName(
  LABEL_NAME,
  oneOrMore(located(pattern), PATTERNS),
);

/** What the section says. */
export interface GivenSuite {
  readonly categories: readonly Named<readonly Located<string>[]>[] | undefined;
  readonly max_age: number | undefined;
}

const suite: Shape<GivenSuite> = record<GivenSuite>({
  categories: optional('its parts, each by one or more patterns of files; the first that matches counts', {
    schema: categories.schema,
    read: (given, place, refuse) => {
      const read = categories.read(given, place, refuse);
      refuseRepeatedPatterns(read ?? [], refuse);
      return read;
    },
  }),
  max_age: optional('how old its last run may be, such as 26h', durationMs('1m', '366d')),
});

/** The section. */
export const SUITES: Shape<readonly Named<GivenSuite>[]> = byName(LABEL_NAME, suite);

/** Two categories with one pattern: the second would never have a test. */
function refuseRepeatedPatterns(read: readonly Named<readonly Located<string>[]>[], refuse: Refuse): void {
  const first = new Map<string, { readonly category: string; readonly line: number }>();
  for (const { name, value = [] } of read) {
    for (const { value: given, line, place } of value) {
      const before = first.get(given);
      first.set(given, before ?? { category: name, line });
      if (before === undefined) continue;
      const where = `in line ${before.line}, of category ${before.category}`;
      refuse({
        line,
        place,
        problem: `repeats the pattern ${quoted(given)} ${where}`,
        allowed: 'each pattern once',
      });
    }
  }
}

/** What was read whole, as suites. */
export function suiteOf({ name, value }: Named<GivenSuite>): DeclaredSuite {
  const { categories = [], max_age } = value ?? { max_age: undefined };
  return {
    name,
    categories: categories.map((category) => ({
      name: category.name,
      patterns: (category.value ?? []).map((each) => each.value),
    })),
    ...(max_age === undefined ? {} : { maxAgeMs: max_age }),
  };
}
