/** A setting that nobody can look up does not exist: docs/guide/settings.md has every one, as the code has it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  DELIVERY,
  NUMBERS,
  type NumberOption,
  OTLP_EXPORTER_VARIABLES,
  SIGNALS,
  VARIABLE_OF,
} from '../src/setting-table.ts';

const PAGE = readFileSync(new URL('../../../docs/guide/settings.md', import.meta.url), 'utf8');
const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** Variables that the sources read or mention, the `OTEL_EXPORTER_OTLP_*` family apart. */
function variablesInSources(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(`${SOURCES}/${name}`, 'utf8'));
  // A name that ends in _ is a family, spelled out elsewhere.
  const named = texts.flatMap((text) => text.match(/\b(?:EPHEMETRY|OTEL)_[A-Z_]*[A-Z]\b/g) ?? []);
  const read = texts.flatMap((text) =>
    [...text.matchAll(/\benv(?:\.|\[')([A-Z_]{2,})/g)].map(([, name]) => name ?? ''),
  );
  return [...new Set([...named, ...read, ...OTLP_EXPORTER_VARIABLES, 'NODE_TLS_REJECT_UNAUTHORIZED'])].sort();
}

/** The cells of the row whose first cell is `` `name` ``. */
function rowOf(name: string): string[] {
  const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${name}\``));
  return row === undefined
    ? []
    : row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
}

test('every environment variable that the code reads is in the guide', () => {
  const variables = variablesInSources();
  expect(variables.length).toBeGreaterThan(25);
  expect(variables.filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
});

test('every option has a row with its variable', () => {
  const missing = Object.entries(VARIABLE_OF).filter(([option, variable]) => {
    const [, cell] = rowOf(option);
    return cell === undefined || cell !== (variable === undefined ? '' : `\`${variable}\``);
  });
  expect(missing).toEqual([]);
});

describe('the row has the default and what is allowed', () => {
  test.each(Object.keys(NUMBERS).filter((name): name is NumberOption => name in NUMBERS))('%s', (option) => {
    const { byDefault, least, most } = NUMBERS[option];
    const [, , defaultCell, allowedCell] = rowOf(option);
    expect(defaultCell).toMatch(new RegExp(`^\`${byDefault}\``));
    expect(allowedCell).toBe(`${least} to ${most}`);
  });

  test.each([
    ['delivery', DELIVERY.allowed],
    ['handleSignals', SIGNALS.allowed],
  ] as const)('%s', (option, allowed) => {
    const [, , defaultCell, allowedCell] = rowOf(option);
    expect(defaultCell).toContain(`\`${allowed[0]}\``);
    for (const value of allowed) expect(allowedCell).toContain(`\`${value}\``);
  });
});

test('the guide lists no option that does not exist', () => {
  const [, table = ''] = PAGE.split('## Options of the exporter');
  const rows = (table.split('\n## ')[0] ?? '')
    .split('\n')
    .flatMap((line) => line.match(/^\| `(\w+)`/)?.[1] ?? []);
  expect(rows.sort()).toEqual(Object.keys(VARIABLE_OF).sort());
});
