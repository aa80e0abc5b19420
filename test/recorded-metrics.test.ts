/** The contract against the programs: what is declared is recorded somewhere, and what is recorded is declared. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRIC_FAMILIES, RECEIVE_METRICS } from '../packages/contract/src/index.ts';
import { ROOT } from './documentation.ts';

/** Declared first, so that gateways know them before the first program sends one. */
const NOT_RECORDED_YET = /^forge_\w+$/;

/** What records: neither the declarations nor what only draws them. */
const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
  .filter((path) => !/^packages\/(contract|grafana|testing)\/|\.test(-d)?\.ts$|\/fixtures\//.test(path))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

const DECLARED = [
  ...Object.values(METRIC_FAMILIES).flatMap(({ name: family, metrics }) => declaredIn(family, metrics)),
  ...declaredIn('receive', RECEIVE_METRICS),
];

test.each(DECLARED.filter(({ name }) => !NOT_RECORDED_YET.test(name)))(
  '$name is recorded by a program',
  ({ family, key }) => {
    const places = SOURCES.filter(({ text }) => names(text, `${family.toUpperCase()}_METRICS`, key));
    expect(places.map(({ path }) => path)).not.toEqual([]);
  },
);

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

/** By the declaration itself, or by its key where the family's recorder takes keys, which the compiler checks. */
function names(text: string, family: string, key: string): boolean {
  return (
    new RegExp(`\\b${family}\\.${key}\\b`).test(text) ||
    new RegExp(`\\{[^{}]*\\b${key}\\b[^{}]*\\} = ${family}\\b`).test(text) ||
    new RegExp(`\\brecord\\(\\s*'${key}'`).test(text)
  );
}
