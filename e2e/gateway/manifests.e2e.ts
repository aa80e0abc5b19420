/** The Kubernetes manifests: valid, complete, and open to nobody else. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { patchedBy, readManifests, unknownFields } from '../support/manifests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KUBERNETES = join(ROOT, 'examples', 'kubernetes');
const SHARDED = join(KUBERNETES, 'sharded', 'kustomization.yaml');
const VICTORIA = join(KUBERNETES, 'victoria-metrics', 'kustomization.yaml');
const CLUSTER = join(KUBERNETES, 'victoria-metrics-cluster', 'kustomization.yaml');
const single = readManifests(KUBERNETES);
const manifests = [...single, ...[SHARDED, VICTORIA, CLUSTER].flatMap((file) => patchedBy(file, single))];

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

test('each kustomization names folders with one and files that exist', () => {
  const folders = ['.', 'gateway', 'sharded', 'victoria-metrics', 'victoria-metrics-cluster'].map((name) =>
    join(KUBERNETES, name),
  );
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

test.for([VICTORIA, CLUSTER])(
  'the gateway of %s has its configuration and its URL, and none of AMP',
  (file) => {
    const [statefulSet] = patchedBy(file, single).filter(({ kind }) => kind === 'StatefulSet');
    const text = JSON.stringify(statefulSet?.content);
    expect(text).toContain('--config=/etc/otelcol/victoria-metrics.yaml');
    expect(text).toContain('"name":"VICTORIA_METRICS_URL"');
    expect(text).not.toMatch(/AMP_REMOTE_WRITE_URL|otelcol.gateway\.yaml/);
  },
);

test('vminsert and vmselect know every storage of the cluster by name', () => {
  const text = (name: string): string =>
    readFileSync(join(KUBERNETES, 'victoria-metrics-cluster', `${name}.yaml`), 'utf8');
  const replicas = Number(/replicas: (\d+)/.exec(text('vmstorage'))?.[1]);
  for (const [name, port] of [
    ['vminsert', 8400],
    ['vmselect', 8401],
  ] as const)
    expect([...text(name).matchAll(/-storageNode=(\S+)/g)].map(([, node]) => node)).toEqual(
      Array.from({ length: replicas }, (_, index) => `vmstorage-${index}.vmstorage:${port}`),
    );
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
