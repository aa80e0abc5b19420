/** The Kubernetes manifests, given to a real API server: it admits all of them, and their pods where pods are restricted. */
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { type Manifest, patchedBy, readManifests } from '../support/manifests.ts';
import { keptLogs } from '../support/stack.ts';

const KUBERNETES = join(import.meta.dirname, '..', '..', 'examples', 'kubernetes');
const SHIPPED = readManifests(KUBERNETES);
const patched = (way: string): readonly Manifest[] =>
  patchedBy(join(KUBERNETES, way, 'kustomization.yaml'), SHIPPED);
/** Each in a namespace of its own, since all of them call their objects the same. */
const WAYS: Readonly<Record<string, readonly Manifest[]>> = {
  single: SHIPPED,
  sharded: patched('sharded'),
  'victoria-metrics': patched('victoria-metrics'),
  'victoria-metrics-cluster': patched('victoria-metrics-cluster'),
};
/** Without a warning, of pod security for instance. */
const ADMITTED = { status: 201, warnings: '' };

test('a real API server admits every manifest, and its pods in a namespace for restricted ones', async (t) => {
  const server = await startedFor(t);
  for (const [way, manifests] of Object.entries(WAYS)) {
    await prepareNamespace(server, way);
    for (const manifest of manifests) {
      // Those of all namespaces are there already.
      if (manifest.kind === 'Namespace' || manifest.kind === 'ServiceAccount') continue;
      expect(await server.apply(manifest, way), `${way}: ${manifest.file}`).toMatchObject(ADMITTED);
      const pod = podOf(manifest);
      if (pod === undefined) continue;
      expect(await server.admitPod(pod, way), `${way}: pod of ${manifest.file}`).toMatchObject(ADMITTED);
    }
  }
});

test('this suite sees a field that the API does not know, and a pod that is not restricted', async (t) => {
  const server = await startedFor(t);
  await prepareNamespace(server, 'single');
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'misspelled' } };
  const misspelled = { ...service, spec: { ports: [{ port: 1 }], selektor: {} } };
  const refused = await server.apply({ ...service, file: 'none', content: misspelled }, 'single');
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.text).toContain('selektor: field not declared');
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'as-root' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  };
  const forbidden = await server.admitPod(pod, 'single');
  expect(forbidden).toMatchObject({ status: 403, text: expect.stringContaining('PodSecurity') });
});

async function startedFor(test: TestContext): Promise<ApiServer> {
  const directory = temporaryDirectory();
  test.onTestFinished(directory.remove);
  const server = await startApiServer(directory.path, keptLogs(test));
  test.onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** The shipped namespace under another name, with the accounts that its pods ask for. */
async function prepareNamespace(server: ApiServer, name: string): Promise<void> {
  const accounts = SHIPPED.filter(({ kind }) => kind === 'ServiceAccount');
  const [namespace] = SHIPPED.filter(({ kind }) => kind === 'Namespace');
  if (namespace === undefined) throw new Error('no Namespace');
  // A controller makes that one in a cluster.
  const standard = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  const objects = [
    { ...namespace, content: renamed(namespace.content, name) },
    ...accounts,
    { ...standard, file: 'the default account', content: standard },
  ];
  for (const object of objects) expect(await server.apply(object, name), object.file).toMatchObject(ADMITTED);
}

function renamed(content: unknown, name: string): unknown {
  const { metadata, ...rest } = Object(content);
  return { ...rest, metadata: { ...metadata, name } };
}

/** The pod that a controller makes of it. */
function podOf({ content }: Manifest): object | undefined {
  const { metadata, spec } = Object(content);
  const { template, volumeClaimTemplates = [] } = Object(spec);
  if (template === undefined) return undefined;
  const claimed = volumeClaimTemplates.map(({ metadata: { name } }: { metadata: { name: string } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: metadata.name },
    spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...claimed] },
  };
}
