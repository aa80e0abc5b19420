/** A real API server on loopback, without a cluster behind it: it admits objects, and nothing runs them. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { freePorts, type Service, startService, waitFor } from '@ephemetry/testing';
import { locateApiServer } from './api-server-tools.ts';
import type { Manifest } from './manifests.ts';

/** What it said about an object. */
interface Admission {
  readonly status: number;
  /** Of pod security and deprecations; empty without one. */
  readonly warnings: string;
  readonly text: string;
}

/** A started one. */
export interface ApiServer extends AsyncDisposable {
  /** Applies an object as `kubectl apply --server-side` does; an unknown field is an error. */
  apply(manifest: Manifest, namespace: string): Promise<Admission>;
  /** Asks whether it would admit a pod, without making one. */
  admitPod(pod: unknown, namespace: string): Promise<Admission>;
}

const TOKEN = 'end-to-end';

/** Starts etcd and it. `directory` takes their data. @throws {Error} when one does not get ready */
export async function startApiServer(directory: string, logs: string): Promise<ApiServer> {
  const [client = 0, peer = 0, port = 0] = await freePorts(3);
  const tools = locateApiServer();
  const etcdUrl = `http://127.0.0.1:${client}`;
  const etcd = await startService({
    name: 'etcd',
    binary: tools.etcd,
    args: [
      `--data-dir=${join(directory, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      // Nothing of it outlives the test.
      '--unsafe-no-fsync',
    ],
    readyUrl: `${etcdUrl}/health`,
    logFile: join(logs, 'etcd.log'),
  });
  const server = await startService({
    name: 'kube-apiserver',
    binary: tools.kubeApiServer,
    args: [...writtenFor(directory), `--etcd-servers=${etcdUrl}`, `--secure-port=${port}`],
    env: { GOMEMLIMIT: '768MiB' },
    // It makes its own certificate: see below.
    readyUrl: `${etcdUrl}/health`,
    logFile: join(logs, 'kube-apiserver.log'),
  });
  const end = async (): Promise<void> => {
    await server.kill('SIGKILL');
    await etcd.kill('SIGKILL');
  };
  const ask = (method: string, path: string, body?: unknown): Promise<Admission> =>
    answerOf({ method, path, port, body, certificate: join(directory, 'certificates', 'apiserver.crt') });
  await answers(ask, server).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    apply: (manifest, namespace) => ask('PATCH', pathOf(manifest, namespace), manifest.content),
    admitPod: (pod, namespace) => ask('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod),
    [Symbol.asyncDispose]: end,
  };
}

/** Its arguments, and the files that they name. */
function writtenFor(directory: string): readonly string[] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = join(directory, 'service-accounts.pem');
  writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const tokens = join(directory, 'tokens.csv');
  writeFileSync(tokens, `${TOKEN},e2e,e2e,system:masters\n`, { mode: 0o600 });
  return [
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // No controller writes the endpoints of a service here.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${join(directory, 'certificates')}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    '--service-account-issuer=https://e2e.invalid',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
  ];
}

type Ask = (method: string, path: string, body?: unknown) => Promise<Admission>;

async function answers(ask: Ask, server: Service): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    try {
      return (await ask('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  };
  try {
    await waitFor(isReady, { what: 'kube-apiserver to get ready', deadlineMs: 120_000 });
  } catch (error) {
    throw new Error(`${String(error)}\n${server.log().split('\n').slice(-20).join('\n')}`);
  }
}

const CLUSTER_WIDE = new Set(['Namespace']);

function pathOf({ apiVersion, kind, content }: Manifest, namespace: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  const place = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${namespace}`;
  const name = String(Object(Object(content).metadata).name);
  return `${group}${place}/${plural}/${name}?fieldManager=e2e&fieldValidation=Strict`;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly port: number;
  readonly body: unknown;
  readonly certificate: string;
}

function answerOf({ method, path, port, body, certificate }: Question): Promise<Admission> {
  return new Promise((resolve, reject) => {
    if (!existsSync(certificate)) return reject(new Error('it has no certificate yet'));
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      // JSON is YAML.
      'content-type': method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json',
    };
    const ca = readFileSync(certificate);
    const asked = request({ host: '127.0.0.1', port, method, path, headers, ca }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const warnings = String(response.headers['warning'] ?? '');
      resolve({ status: response.statusCode ?? 0, warnings, text: Buffer.concat(chunks).toString() });
    });
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
