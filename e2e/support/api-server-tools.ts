/**
 * A real API server of Kubernetes and the etcd it keeps its objects in: built once from their modules and kept in
 * `.cache/`, named after their versions.
 */
import { execFileSync, type StdioOptions } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeOnce } from './make-once.ts';

const KUBERNETES = '1.36.3';
/** Its parts are modules of their own, with this version. */
const STAGING = `0.${KUBERNETES.slice(2)}`;
const ETCD = '3.6.7';
const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e-tools');
const PROGRAMS = join(import.meta.dirname, 'fixtures', 'api-server');

/** Paths of binaries. */
export interface ApiServerTools {
  readonly kubeApiServer: string;
  readonly etcd: string;
}

const BUILT: ApiServerTools = {
  kubeApiServer: join(CACHE, `kube-apiserver-${KUBERNETES}`),
  etcd: join(CACHE, `etcd-${ETCD}`),
};

/** Finds or builds both. @throws {Error} when one cannot be built */
export function prepareApiServer(say: (line: string) => void): ApiServerTools {
  makeOnce(BUILT.etcd, () => {
    say(`etcd: building ${ETCD}, about a minute on 2 cores …`);
    build('etcd', BUILT.etcd, etcdModule);
  });
  makeOnce(BUILT.kubeApiServer, () => {
    say(`kube-apiserver: building ${KUBERNETES}, about 6 minutes on 2 cores …`);
    build('kube-apiserver', BUILT.kubeApiServer, kubernetesModule);
  });
  return BUILT;
}

/** What `prepareApiServer` left. @throws {Error} when one is missing */
export function locateApiServer(): ApiServerTools {
  if (!Object.values(BUILT).every((path) => existsSync(path))) throw new Error('run `pnpm e2e:tools` first');
  return BUILT;
}

function build(program: string, path: string, moduleFile: (directory: string) => string): void {
  const directory = mkdtempSync(join(CACHE, 'build-'));
  writeFileSync(join(directory, 'go.mod'), moduleFile(directory));
  copyFileSync(join(PROGRAMS, program, 'main.go'), join(directory, 'main.go'));
  // Without symbols: half of the size.
  go(['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', 'program', '.'], directory);
  // In one step: a build that was cut short leaves nothing that looks finished.
  renameSync(join(directory, 'program'), path);
  rmSync(directory, { recursive: true });
}

function etcdModule(): string {
  return `module example.invalid/etcd\n\ngo 1.26.0\n\nrequire go.etcd.io/etcd/server/v3 v${ETCD}\n`;
}

/** Kubernetes' own list of modules, with its parts from the module proxy instead of folders beside it. */
function kubernetesModule(directory: string): string {
  const downloaded = go(['mod', 'download', '-json', `k8s.io/kubernetes@v${KUBERNETES}`], directory);
  const { GoMod: file }: { GoMod: string } = JSON.parse(downloaded);
  const own = readFileSync(file, 'utf8')
    .replace(/^module .*/m, 'module example.invalid/kube-apiserver')
    .replace(/=> \.\/staging\/src\/(\S+)/g, `=> $1 v${STAGING}`);
  return `${own}\nrequire k8s.io/kubernetes v${KUBERNETES}\n`;
}

function go(args: readonly string[], cwd: string): string {
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
  return execFileSync('go', args, { encoding: 'utf8', cwd, stdio });
}
