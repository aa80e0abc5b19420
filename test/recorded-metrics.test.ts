/** The contract against the programs: what is declared is recorded somewhere, and what is recorded is declared. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRIC_FAMILIES, RECEIVE_METRICS } from '../packages/contract/src/index.ts';
import { ROOT } from './documentation.ts';

/** What records: neither the declarations nor what only draws them. */
const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
  .filter((path) => !/^packages\/(contract|grafana|testing)\/|\.test(-d)?\.ts$|\/fixtures\//.test(path))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

const DECLARED = [
  ...Object.values(METRIC_FAMILIES).flatMap(({ name: family, metrics }) => declaredIn(family, metrics)),
  ...declaredIn('receive', RECEIVE_METRICS),
];

test.each(DECLARED)('$name is recorded by a program', ({ family, key }) => {
  const familyName = `${family.toUpperCase()}_METRICS`;
  const byKey = SOURCES.filter(({ text }) => new RegExp(`\\b${familyName}(\\[|\\))`).test(text)).map(
    packageOf,
  );
  const places = SOURCES.filter(
    (source) =>
      declares(source.text, familyName, key) ||
      (byKey.includes(packageOf(source)) && source.text.includes(`'${key}'`)),
  );
  expect(places.map(({ path }) => path)).not.toEqual([]);
});

// The exporter makes the instruments that it is told of, and `receive` those that it was sent.
test.each(SOURCES.filter(({ path }) => !path.startsWith('packages/exporter/')))(
  '$path makes instruments of the contract only',
  ({ text }) => {
    const made = [
      ...text.matchAll(/\.create(?:Observable)?(?:Counter|UpDownCounter|Histogram|Gauge)\(\s*([^,)]+)/g),
    ];
    for (const [, named] of made) expect(named).toMatch(/(^name|\.name)$/);
  },
);

function declaredIn(family: string, metrics: Readonly<Record<string, { readonly name: string }>>) {
  return Object.entries(metrics).map(([key, { name }]) => ({ family, key, name }));
}

/** By the declaration itself; a recorder that takes keys, which the compiler checks, is named them as text. */
function declares(text: string, family: string, key: string): boolean {
  return (
    new RegExp(`\\b${family}\\.${key}\\b`).test(text) ||
    new RegExp(`\\{[^{}]*\\b${key}\\b[^{}]*\\} = ${family}\\b`).test(text)
  );
}

function packageOf({ path }: (typeof SOURCES)[number]): string | undefined {
  return path.split('/')[1];
}
