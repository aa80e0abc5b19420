/** The generated dashboards, compiled. */
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const GENERATED = join(import.meta.dirname, '../generated');
const TYPE = join(import.meta.dirname, 'dashboard-json.ts');
const TSC = join(import.meta.dirname, '../../../node_modules/.bin/tsc');
const BOARDS = readdirSync(GENERATED, { recursive: true, encoding: 'utf8' })
  .filter((file) => /dashboards\/.*\.json$/.test(file))
  .map((file) => ({ file, json: readFileSync(join(GENERATED, file), 'utf8') }));

/** What TypeScript says about these texts as `Dashboard` of @grafana/schema. */
function complaintsAbout(texts: readonly string[]): string {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'boards-'));
  const files = texts.map((json, index) => {
    const path = join(directory.path, `board-${index}.ts`);
    // `as const`: text keeps its literal type, so that it can be one of an enum's values.
    const text = `import type { DashboardJson } from ${JSON.stringify(TYPE)};\nconst json = ${json.trim()} as const;\nexport const board: DashboardJson = json;\n`;
    writeFileSync(path, text);
    return path;
  });
  const strict = ['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions'];
  const target = [
    '--ignoreConfig',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--target',
    'es2023',
    '--types',
    '',
  ];
  return spawnSync(TSC, [...strict, ...target, ...files], { encoding: 'utf8' }).stdout;
}

test('every dashboard is a Dashboard of @grafana/schema', () => {
  expect(BOARDS.length).toBeGreaterThan(0);
  expect(complaintsAbout(BOARDS.map(({ json }) => json))).toBe('');
});

test('a data source as bare text, which Grafana drops in silence, is found', () => {
  const [{ json = '' } = {}] = BOARDS;
  const bare = json.replace(/"datasource": \{[^}]*\}/, '"datasource": "managed-prometheus"');
  expect(bare).not.toBe(json);
  expect(complaintsAbout([bare])).toContain('managed-prometheus');
});
