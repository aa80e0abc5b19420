/** The Collector's configurations: taken by the Collector, and what the contract and their README say. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DROP_REASONS, INGEST_LIMITS, METRIC_FAMILIES, type MetricDefinition } from '@ephemetry/contract';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { shipped, startGateway } from '../support/gateway.ts';
import { keptLogs } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXACT = ['exact.yaml', 'histograms.yaml'];
const DECLARED = join(ROOT, 'collector-config', 'declared', 'histograms.yaml');
const FORWARDING = {
  AMP_REMOTE_WRITE_URL: 'http://127.0.0.1:9/write',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
};

const SHIPPED = [
  ['local', [...EXACT, 'local.yaml']],
  ['local, printing', [...EXACT, 'local.yaml', 'print.yaml']],
  ['gateway', [...EXACT, 'gateway.yaml']],
  ['gateway, printing', [...EXACT, 'gateway.yaml', 'print.yaml']],
  ['shard', [...EXACT, 'gateway.yaml', 'gateway-sharded/shard.yaml']],
  ['gateway to VictoriaMetrics', [...EXACT, 'victoria-metrics.yaml']],
  [
    'gateway to a cluster of VictoriaMetrics',
    [...EXACT, 'victoria-metrics.yaml', 'victoria-metrics-cluster.yaml'],
  ],
  ['gateway with a token', [...EXACT, 'gateway.yaml', 'token.yaml']],
  ['balancer', ['gateway-sharded/balancer.yaml']],
  ['balancer with a token', ['gateway-sharded/balancer.yaml', 'gateway-sharded/balancer-token.yaml']],
  ['sidecar', ['sidecar.yaml']],
  ['sidecar with a token', ['sidecar.yaml', 'sidecar-token.yaml']],
] as const;

function inEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', ...env };
}

test.for(SHIPPED)('the Collector takes the configuration: %s', ([, files]) => {
  const configs = shipped(...files).map((file) => `--config=${file}`);
  execFileSync(locateTools().collector, ['validate', ...configs], {
    env: inEnvironment(FORWARDING),
    stdio: 'pipe',
  });
});

test('the Collector warns of nothing when the gateway starts: no component name or field is deprecated', async (t) => {
  using directory = temporaryDirectory();
  const logs = keptLogs(t);
  const gateway = await startGateway({
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed: FORWARDING,
  });
  // Nobody answers where it forwards to: it would use all its time to deliver.
  await gateway.service.kill('SIGKILL');
  const lines = gateway.service.log().split('\n');
  expect(
    lines.filter((line) => /\twarn\t|deprecat/i.test(line) && !line.includes('Exporting failed')),
  ).toEqual([]);
});

test('the declared histograms are the contract’s, with its bounds', () => {
  const text = readFileSync(DECLARED, 'utf8');
  const metrics = Object.values(METRIC_FAMILIES).flatMap(({ metrics }): MetricDefinition[] =>
    Object.values(metrics),
  );
  const histograms = metrics.filter(({ instrument }) => instrument === 'histogram');
  const declared = [...text.matchAll(/metric\.name == "(\w+)" and datapoint\S+ == "(\[.*?\])"/g)];
  expect(declared.map(([, name, bounds]) => [name, bounds])).toEqual(
    histograms.map(({ name, bounds }) => [name, JSON.stringify(bounds)]),
  );
  const guarded = [...text.matchAll(/"\^\(([\w.]+)\)\$\$"\) and Format\S+ \S+ != "(\[.*?\])"/g)];
  expect(guarded.map(([, name = '', bounds]) => [name.replaceAll('.', '_'), bounds])).toEqual(
    histograms.map(({ name, bounds = [] }) => [name, `[${bounds.map(asTheCollectorWrites).join(' ')}]`]),
  );
});

/** From a million on with an exponent of two digits or more, as Go does. */
function asTheCollectorWrites(bound: number): string {
  return bound < 1e6 ? String(bound) : bound.toExponential().replace(/\+(\d)$/, '+0$1');
}

test('what the gateway takes is limited as the contract says', () => {
  const text = readFileSync(join(ROOT, 'collector-config', 'exact.yaml'), 'utf8');
  const numberIn = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  expect({
    bodyBytes: numberIn(/4318\}\n(?:\s+#.*\n)*\s+max_request_body_size: (\d+)/),
    pointAttributesBytes: numberIn(/Len\(String\(datapoint\.attributes\)\) > (\d+)/),
    metricNameCharacters: numberIn(/Len\(metric\.name\) > (\d+)/),
    deltaMagnitude: numberIn(/datapoint\.value_int > (\d+)/),
    aheadSeconds: numberIn(/UnixNano\(Now\(\)\) \+ (\d+)/) / 1e9,
    readingSeconds: numberIn(/READINGS_WITHIN:-(\d+)m\}/) * 60,
    behindSeconds: numberIn(/UnixNano\(Now\(\)\) - (\d+)/) / 1e9,
  }).toEqual({ ...INGEST_LIMITS, batchBytes: undefined });
});

test('the reasons for which points are refused are the contract’s, in the configurations and in their README', () => {
  const folder = join(ROOT, 'collector-config');
  const texts = shipped(...EXACT, 'victoria-metrics.yaml').map((path) => readFileSync(path, 'utf8'));
  const given = texts.flatMap((text) =>
    [...text.matchAll(/"ephemetry\.refused"(?:\], "|:")(\w+)"/g)].map(([, reason]) => reason),
  );
  expect([...new Set(given)].sort()).toEqual([...DROP_REASONS].sort());
  const [, known = ''] =
    /\["reason"\], "\^\(([\w|]+)\)/.exec(readFileSync(join(folder, 'exact.yaml'), 'utf8')) ?? [];
  expect(known.split('|')).toEqual(DROP_REASONS);
  const rows = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| `([a-z_]+)`/gm);
  expect([...rows].map(([, reason]) => reason)).toEqual(DROP_REASONS);
});

test('the names that may have one kind only are the contract’s', () => {
  const text = readFileSync(DECLARED, 'utf8');
  const metrics = Object.values(METRIC_FAMILIES).flatMap(({ metrics }): MetricDefinition[] =>
    Object.values(metrics),
  );
  const [counters, histograms, gauges, parts] = [...text.matchAll(/"\^\(([\w.|]+)\)/g)].map(
    ([, names = '']) => names.replaceAll('.', '_').split('|'),
  );
  const named = (kind: MetricDefinition['instrument']): readonly string[] =>
    metrics.filter(({ instrument }) => instrument === kind).map(({ name }) => name);
  expect(counters).toEqual(named('counter'));
  expect(histograms).toEqual(named('histogram'));
  expect(gauges).toEqual(named('gauge'));
  expect(parts).toEqual(named('histogram'));
});

test('the beginnings of names that are held to the contract are those of its families', () => {
  const text = readFileSync(DECLARED, 'utf8');
  const guarded = [...text.matchAll(/HasPrefix\(metric\.name, "(\w+)"\)/g)].map(([, prefix]) => prefix);
  expect(guarded).toEqual(Object.keys(METRIC_FAMILIES));
});

test('the gauges that last are the contract’s', () => {
  const text = readFileSync(DECLARED, 'utf8');
  const metrics = Object.values(METRIC_FAMILIES).flatMap(({ metrics }): MetricDefinition[] =>
    Object.values(metrics),
  );
  const lasting = metrics.filter(({ life }) => life === 'lasts').map(({ name }) => name);
  const given = [...text.matchAll(/GAUGE (?:or not|or) IsMatch\(metric\.name, "\^\(([\w|]+)\)/g)];
  expect(given.map(([, names]) => names?.split('|'))).toEqual([lasting, lasting]);
});

test('the README lists every setting with its default, and no other', () => {
  const folder = join(ROOT, 'collector-config');
  const files = new Set(SHIPPED.flatMap(([, names]) => names));
  const used = new Set(
    shipped(...files).flatMap((path) =>
      [
        ...readFileSync(path, 'utf8').matchAll(/\$\{env:([A-Z]+_\w+)(?::-((?:[^{}]|\$\{env:HOME\})*))?\}/g),
      ].map(([, name, value]) => `${name} ${value?.replace(/\$\{env:HOME\}/, '~') || 'none'}`),
    ),
  );
  const rows = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(
    /^\| `([A-Z][A-Z0-9_]+)`\s+\| (.*?)\s+\|/gm,
  );
  const listed = [...rows].flatMap(([, name, defaults = '']) => {
    const values = [...defaults.matchAll(/`([^`]*)`/g)].map(([, value]) => value);
    return defaults.startsWith('none') ? [`${name} none`] : values.map((value) => `${name} ${value}`);
  });
  expect(listed.sort()).toEqual([...used].sort());
});

test('promtool takes the Prometheus configuration of the local example', () => {
  const file = join(ROOT, 'examples', 'local', 'prometheus.yaml');
  execFileSync(locateTools().promtool, ['check', 'config', file], { stdio: 'pipe' });
});

test('the compose file mounts files that exist and pins its images', () => {
  const folder = join(ROOT, 'examples', 'local');
  const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
  const { services } = parse(text);
  const images = Object.values(services).map((service) => Object(service).image);
  for (const image of images) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+$/);
  const mounts = [...text.matchAll(/- (\.[\w./-]+):/g)].map(([, path = '']) => path);
  expect(mounts.length).toBeGreaterThan(3);
  for (const path of mounts) execFileSync('test', ['-e', join(folder, path)]);
});

test('docker takes the compose file', (t) => {
  t.skip(!hasCompose(), 'no docker client with the compose plugin; the test above reads the file at least');
  execFileSync('docker', [
    'compose',
    '--file',
    join(ROOT, 'examples', 'local', 'compose.yaml'),
    'config',
    '--quiet',
  ]);
});

function hasCompose(): boolean {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
