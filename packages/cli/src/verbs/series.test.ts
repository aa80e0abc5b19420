import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEALTH_METRICS, TESTS_METRICS } from '@ephemetry/contract';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

function directoryWith(text: string): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  writeFileSync(join(path, 'ephemetry.yaml'), text);
  return path;
}

interface Catalogue {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly CatalogueMetric[] }[];
  }[];
}

interface CatalogueMetric {
  readonly name: string;
  readonly sum?: Points;
  readonly histogram?: Points;
}

interface Points {
  readonly dataPoints: readonly {
    readonly attributes: readonly {
      readonly key: string;
      readonly value: { readonly stringValue: string };
    }[];
  }[];
}

function metricsOf(stdout: string): readonly CatalogueMetric[] {
  const lines: readonly Catalogue[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
  );
}

function setsOf(metric: CatalogueMetric | undefined): readonly Readonly<Record<string, string>>[] {
  const points = (metric?.sum ?? metric?.histogram)?.dataPoints ?? [];
  return points.map(({ attributes }) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
  );
}

const FILE = `suites: { hermes: { categories: { acp: 'tests/acp/**', tools: 'tests/tools/**' } }, nightly: {} }
vantage: laptop
targets: { ezra: { url: 'tcp://h:1', class: gateway }, store: { url: 'tcp://h:2', class: provider } }
`;

test('prints the label sets that the file declares, and no others', async () => {
  const { code, stdout, stderr } = await runCommand('series', { cwd: directoryWith(FILE) });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const metrics = metricsOf(stdout);
  expect(setsOf(metrics.find(({ name }) => name === TESTS_METRICS.duration.name))).toEqual([
    { suite: 'hermes', category: 'acp' },
    { suite: 'hermes', category: 'tools' },
    { suite: 'hermes', category: 'unknown' },
    { suite: 'nightly', category: 'unknown' },
    { suite: 'unknown', category: 'unknown' },
  ]);
  const probes = setsOf(metrics.find(({ name }) => name === HEALTH_METRICS.probes.name));
  // A target has one class, so no set has ezra as a provider.
  expect(new Set(probes.map((set) => `${set['target']} ${set['class']} ${set['vantage']}`))).toEqual(
    new Set(
      ['ezra gateway', 'store provider', 'unknown unknown'].flatMap((target) => [
        `${target} laptop`,
        `${target} unknown`,
      ]),
    ),
  );
});

test('announces no gauge, and nothing of a family of which the file says nothing', async () => {
  const { stdout } = await runCommand('series', { cwd: directoryWith(FILE) });
  const names = metricsOf(stdout).map(({ name }) => name);
  expect(names).toContain('health_probes_total');
  expect(names.filter((name) => name.startsWith('forge_') || name.includes('last'))).toEqual([]);
});

test('has the form of the catalogues that are shipped', async () => {
  const { stdout } = await runCommand('series', { cwd: directoryWith(FILE) });
  const shipped = readFileSync(
    new URL('../../../../collector-config/series/ephemetry.json', import.meta.url),
    'utf8',
  );
  const shapeOf = (line: string): unknown =>
    JSON.parse(line, (key, value: unknown) =>
      Array.isArray(value) && key !== 'attributes' ? [value[0]] : value,
    );
  const [, health = ''] = stdout.split('\n');
  expect(Object.keys(JSON.parse(health))).toEqual(Object.keys(JSON.parse(shipped)));
  expect(JSON.stringify(shapeOf(health)).replaceAll(/"[a-z_-]+"/g, '')).not.toMatch(/unixnano/i);
  expect(stdout.endsWith('}\n')).toBe(true);
});

test('counts the series with --json as they are printed', async () => {
  const cwd = directoryWith(FILE);
  const [counted] = jsonLines((await runCommand('series --json', { cwd })).stdout);
  const { stdout } = await runCommand('series', { cwd });
  const sets = metricsOf(stdout).reduce((sum, metric) => sum + setsOf(metric).length, 0);
  expect(counted).toMatchObject({ families: [{ name: 'tests' }, { name: 'health' }] });
  expect(JSON.stringify(counted)).toContain(`"bytes":${Buffer.byteLength(stdout.split('\n')[0] ?? '') + 1}`);
  const families: unknown = counted?.['families'];
  const labelSets = Array.isArray(families)
    ? families.reduce((sum: number, each: { readonly label_sets: number }) => sum + each.label_sets, 0)
    : undefined;
  expect(labelSets).toBe(sets);
});

test.each([
  [
    'declares none',
    'vantage: laptop\n',
    /ephemetry\.yaml declares no suites, repositories, targets or commands: there are no series/,
  ],
  ['is wrong', 'suites: []\n', /ephemetry\.yaml:1: suites is an empty list; allowed: /],
])('fails and prints nothing where the file %s', async (_what, text, message) => {
  const { code, stdout, stderr } = await runCommand('series', { cwd: directoryWith(text) });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

test('--out replaces a catalogue whole, and leaves it as it was when something is wrong', async () => {
  const cwd = directoryWith(FILE);
  const { stdout } = await runCommand('series', { cwd });
  expect(await runCommand('series --out deployment.json', { cwd })).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(join(cwd, 'deployment.json'), 'utf8')).toBe(stdout);
  writeFileSync(join(cwd, 'ephemetry.yaml'), 'suites: []\n');
  expect(await runCommand('series --out deployment.json', { cwd })).toMatchObject({ code: 1 });
  expect(readFileSync(join(cwd, 'deployment.json'), 'utf8')).toBe(stdout);
  expect(readdirSync(cwd).sort()).toEqual(['deployment.json', 'ephemetry.yaml']);
});

test('says where --out cannot be written', async () => {
  const { code, stderr } = await runCommand('series --out no/such.json', { cwd: directoryWith(FILE) });
  expect(code).toBe(1);
  expect(stderr).toMatch(/nothing is written \(ENOENT.*\); --out names a file in a directory/);
});
