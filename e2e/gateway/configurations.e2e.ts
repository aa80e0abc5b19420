import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DROP_REASONS, INGEST_LIMITS, METRIC_FAMILIES, type MetricDefinition } from '@ephemetry/contract';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { shipped, startGateway } from '../support/gateway.ts';
import { patchedBy, readManifests, unknownFields } from '../support/manifests.ts';
import { keptLogs } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXACT = ['exact.yaml', 'histograms.yaml'];
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
  ['gateway with a token', [...EXACT, 'gateway.yaml', 'token.yaml']],
  ['balancer', ['gateway-sharded/balancer.yaml']],
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
  const text = readFileSync(join(ROOT, 'collector-config', 'histograms.yaml'), 'utf8');
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
    histograms.map(({ name, bounds = [] }) => [name, `[${bounds.join(' ')}]`]),
  );
});

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
  const texts = [...EXACT, 'victoria-metrics.yaml'].map((file) => readFileSync(join(folder, file), 'utf8'));
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
  const text = readFileSync(join(ROOT, 'collector-config', 'histograms.yaml'), 'utf8');
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
  const text = readFileSync(join(ROOT, 'collector-config', 'histograms.yaml'), 'utf8');
  const guarded = [...text.matchAll(/HasPrefix\(metric\.name, "(\w+)"\)/g)].map(([, prefix]) => prefix);
  expect(guarded).toEqual(Object.keys(METRIC_FAMILIES));
});

test('the gauges that last are the contract’s', () => {
  const text = readFileSync(join(ROOT, 'collector-config', 'histograms.yaml'), 'utf8');
  const metrics = Object.values(METRIC_FAMILIES).flatMap(({ metrics }): MetricDefinition[] =>
    Object.values(metrics),
  );
  const lasting = metrics.filter(({ life }) => life === 'lasts').map(({ name }) => name);
  const given = [...text.matchAll(/GAUGE (?:and not|or) IsMatch\(metric\.name, "\^\(([\w|]+)\)/g)];
  expect(given.map(([, names]) => names?.split('|'))).toEqual([lasting, lasting]);
});

test('the manifests admit labelled namespaces only', () => {
  for (const file of ['gateway/network-policy.yaml', 'sharded/balancer-network-policy.yaml']) {
    const { spec } = parse(readFileSync(join(ROOT, 'examples', 'kubernetes', file), 'utf8'));
    expect(
      spec.ingress.map(({ from }: { from: unknown }) => from),
      file,
    ).toEqual([[{ namespaceSelector: { matchLabels: { 'ephemetry-sender': 'true' } } }]]);
  }
  const namespace = readFileSync(join(ROOT, 'examples', 'kubernetes', 'gateway', 'namespace.yaml'), 'utf8');
  expect(parse(namespace).metadata.labels).toMatchObject({ 'ephemetry-sender': 'true' });
});

test('the gateway reaches nothing inside of its cluster but DNS and the Pod Identity agent', () => {
  const file = join(ROOT, 'examples', 'kubernetes', 'gateway', 'network-policy.yaml');
  const { spec } = parse(readFileSync(file, 'utf8'));
  const open = spec.egress.filter(({ ports }: { ports: { port: number }[] }) =>
    ports.some(({ port }) => port === 443),
  );
  const blocks = open.flatMap(({ to }: { to: { ipBlock: { cidr: string; except: string[] } }[] }) =>
    to.map(({ ipBlock }) => [ipBlock.cidr, ipBlock.except.join(' ')]),
  );
  expect(blocks).toEqual([
    ['0.0.0.0/0', '10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16'],
    ['::/0', 'fc00::/7 fe80::/10'],
  ]);
});

test('the README lists every setting with its default, and no other', () => {
  const folder = join(ROOT, 'collector-config');
  const files = new Set(SHIPPED.flatMap(([, names]) => names));
  const used = new Set(
    [...files].flatMap((file) =>
      [
        ...readFileSync(join(folder, file), 'utf8').matchAll(
          /\$\{env:([A-Z]+_\w+)(?::-((?:[^{}]|\$\{env:HOME\})*))?\}/g,
        ),
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

interface ConfigMapGenerator {
  readonly name: string;
  readonly files: readonly string[];
  readonly options?: object;
}

test('no ConfigMap is too large, nor has a name that changes under a Job', () => {
  const folder = join(ROOT, 'collector-config');
  const generatorsIn = (path: string): readonly ConfigMapGenerator[] =>
    parse(readFileSync(join(path, 'kustomization.yaml'), 'utf8')).configMapGenerator;
  const configMapGenerator = generatorsIn(folder);
  for (const path of [folder, join(folder, 'series')])
    for (const { name, files } of generatorsIn(path)) {
      const bytes = files.reduce((sum, file) => sum + statSync(join(path, file)).size, 0);
      // https://kubernetes.io/docs/concepts/configuration/configmap/
      expect(bytes, name).toBeLessThan(2 ** 20);
    }
  const sidecar = configMapGenerator.find(({ name }) => name === 'ephemetry-sidecar');
  expect(sidecar?.options).toEqual({ disableNameSuffixHash: true });
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

const KUBERNETES = join(ROOT, 'examples', 'kubernetes');
const SHARDED = join(KUBERNETES, 'sharded', 'kustomization.yaml');
const VICTORIA = join(KUBERNETES, 'victoria-metrics', 'kustomization.yaml');
const single = readManifests(KUBERNETES);
const manifests = [...single, ...patchedBy(SHARDED, single), ...patchedBy(VICTORIA, single)];

test('each kustomization names folders with one and files that exist', () => {
  const folders = ['.', 'gateway', 'sharded', 'victoria-metrics'].map((name) => join(KUBERNETES, name));
  for (const folder of folders) {
    const { resources } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
    for (const resource of resources) {
      const isFile = resource.endsWith('.yaml');
      const file = isFile ? join(folder, resource) : join(folder, resource, 'kustomization.yaml');
      expect(existsSync(file), file).toBe(true);
    }
  }
});

test('each shard has a label of its own, and the balancer knows all of them by name', () => {
  const [statefulSet] = patchedBy(SHARDED, single).filter(({ kind }) => kind === 'StatefulSet');
  const text = JSON.stringify(statefulSet?.content);
  expect(text).toContain('{"name":"GATEWAY_SHARD","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}');
  const [, replicas] = /"replicas":(\d+)/.exec(text) ?? [];
  const balancer = readFileSync(join(KUBERNETES, 'sharded', 'balancer.yaml'), 'utf8');
  const shards = [...balancer.matchAll(/value: ephemetry-gateway-(\d+)\.ephemetry-gateway-pods:4317/g)];
  expect(shards.map(([, index]) => index)).toEqual(
    Array.from({ length: Number(replicas) }, (_, index) => `${index}`),
  );
});

test('the gateway to VictoriaMetrics has its configuration and its URL, and none of AMP', () => {
  const [statefulSet] = patchedBy(VICTORIA, single).filter(({ kind }) => kind === 'StatefulSet');
  const text = JSON.stringify(statefulSet?.content);
  expect(text).toContain('--config=/etc/otelcol/victoria-metrics.yaml');
  expect(text).toContain('"name":"VICTORIA_METRICS_URL"');
  expect(text).not.toMatch(/AMP_REMOTE_WRITE_URL|otelcol.gateway\.yaml/);
});

test.for(manifests)('$file is a valid $kind', async ({ apiVersion, kind, content }) => {
  const models: Record<string, unknown> = await import(`kubernetes-models/${apiVersion}`);
  const Model = models[kind];
  if (!isModel(Model)) throw new Error(`kubernetes-models has no ${kind} in ${apiVersion}`);
  expect(() => new Model(content).validate()).not.toThrow();
});

type Model = new (content: unknown) => { validate(): void };

function isModel(value: unknown): value is Model {
  return typeof value === 'function';
}

test('no manifest has a field that the API does not know', () => {
  expect(unknownFields(manifests)).toBe('');
  const misspelled = { file: 'x', apiVersion: 'v1', kind: 'Service', content: { spec: { selektor: {} } } };
  expect(unknownFields([misspelled])).toContain('selektor');
});

test.for(['gateway/stateful-set.yaml', 'sharded/balancer.yaml'])(
  'nobody reaches the Collector of %s but through the door',
  (file) => {
    const { spec } = parse(readFileSync(join(KUBERNETES, file), 'utf8'));
    const containers: readonly {
      name: string;
      ports: { name: string }[];
      env?: { name: string; value: string }[];
    }[] = spec.template.spec.containers;
    const portsOf = (name: string): readonly string[] =>
      containers.find((each) => each.name === name)?.ports.map((port) => port.name) ?? [];
    expect(portsOf('collector')).toEqual(['health']);
    // Beside OTLP it says whether the queue moves, and no more.
    expect(portsOf('door').filter((port) => port !== 'moves')).toEqual(['otlp-grpc', 'otlp-http']);
    const behind = (containers[0]?.env ?? []).filter(({ name }) => /_OTLP_(HTTP|GRPC)_ENDPOINT$/.test(name));
    const config = readFileSync(join(ROOT, 'collector-config', 'haproxy.cfg'), 'utf8');
    const served = [...config.matchAll(/DOOR_TO_(?:HTTP|GRPC)-([\d.:]+)/g)].map(([, address]) => address);
    expect(behind.map(({ value }) => value).sort()).toEqual([...new Set(served)].sort());
  },
);

test('the manifests give the order of a planned stop its time', () => {
  const text = (file: string): string => readFileSync(join(ROOT, 'examples', 'kubernetes', file), 'utf8');
  const preStop = (file: string): number => Number(/sleep:\n\s+seconds: (\d+)/.exec(text(file))?.[1]);
  // Scrape interval 15 s, the sidecar's poll interval 0.2 s.
  expect(preStop('gateway/stateful-set.yaml')).toBeGreaterThan(15);
  expect(preStop('fab-job-send.yaml')).toBe(5);
  expect(preStop('fab-job-spool-only.yaml')).toBe(5);
});
