/** What can be said about `kubectl` and `aws eks` commands without a cluster: what they name must be in the manifests. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './documentation.ts';
import { type ShellCommand, valuesOf } from './shell-command.ts';

interface Manifest {
  readonly kind: string;
  readonly name: string;
}

/** What is wrong with a command; nothing when all that it names is there. */
export function kubernetesFaults(command: ShellCommand): readonly string[] {
  const isThere = (kind: string, name: string): boolean =>
    manifests().some((each) => each.kind.toLowerCase() === kind && each.name === name);
  const named = [
    ...['-n', '--namespace'].flatMap((option) =>
      valuesOf(command, option).map((name) => ['namespace', name] as const),
    ),
    ...valuesOf(command, '--service-account').map((name) => ['serviceaccount', name] as const),
    ...objectsOf(command),
  ];
  return [
    ...named
      .filter(([kind, name]) => !isThere(kind, name))
      .map(
        ([kind, name]) => `${command.text}: no manifest in examples/kubernetes is a ${kind} named ${name}`,
      ),
    ...valuesOf(command, '-c')
      .filter((name) => !containers().has(name))
      .map((name) => `${command.text}: no pod in examples/kubernetes has a container ${name}`),
    ...valuesOf(command, '-f')
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${command.text}: ${path} does not exist`),
    ...kustomizationsOf(command).flatMap(kustomizationFaults),
  ];
}

/** `job/fab`, and `fab-0` for a pod of a StatefulSet; words in capitals are for the reader to fill in. */
function objectsOf({ words }: ShellCommand): readonly (readonly [kind: string, name: string])[] {
  return words.flatMap((word, index) => {
    if (['-k', '-f', 'kustomize'].includes(words[index - 1] ?? '')) return [];
    const [, kind, name = ''] = /^([a-z]+)\/([\w-]+)$/.exec(word) ?? [];
    if (kind !== undefined) return name === name.toUpperCase() ? [] : [[kind, name] as const];
    const [, set] = /^([a-z-]+)-\d+$/.exec(word) ?? [];
    return set === undefined ? [] : [['statefulset', set] as const];
  });
}

function manifests(): readonly Manifest[] {
  return documents().flatMap((text) => {
    const kind = /^kind: (\w+)/m.exec(text)?.[1];
    const name = /^ {2}name: (\S+)/m.exec(text)?.[1];
    return kind === undefined || name === undefined ? [] : [{ kind, name }];
  });
}

function containers(): ReadonlySet<string> {
  return new Set(
    documents().flatMap((text) =>
      [...text.matchAll(/^ +- name: (\S+)\n +image:/gm)].map(([, name = '']) => name),
    ),
  );
}

function documents(): readonly string[] {
  const files = globSync('examples/kubernetes/**/*.yaml', { cwd: ROOT });
  return files.flatMap((path) => readFileSync(join(ROOT, path), 'utf8').split(/^---$/m));
}

function kustomizationsOf(command: ShellCommand): readonly string[] {
  const [, verb, path] = command.words;
  return [...valuesOf(command, '-k'), ...(verb === 'kustomize' && path !== undefined ? [path] : [])];
}

/** Whether it builds is for kubectl to say where there is one; that its files are there can always be said. */
function kustomizationFaults(folder: string): readonly string[] {
  const path = join(folder, 'kustomization.yaml');
  if (!existsSync(join(ROOT, path))) return [`${path} does not exist`];
  const files = filesOf(readFileSync(join(ROOT, path), 'utf8')).map((file) => join(folder, file));
  const absent = files.filter((file) => !existsSync(join(ROOT, file)));
  const bases = files.filter((file) => existsSync(join(ROOT, file, 'kustomization.yaml')));
  return [
    ...absent.map((file) => `${path} names ${file}, which does not exist`),
    ...bases.flatMap(kustomizationFaults),
    ...buildFaults(folder),
  ];
}

function filesOf(kustomization: string): readonly string[] {
  const resources = [...kustomization.matchAll(/^ +- ([\w./-]+)$/gm)].map(([, file = '']) => file);
  const generated = [...kustomization.matchAll(/^ +files: \[(.*)\]$/gm)].flatMap(([, list = '']) =>
    list.split(', '),
  );
  return [...resources, ...generated];
}

function buildFaults(folder: string): readonly string[] {
  try {
    execFileSync('kubectl', ['kustomize', folder], { cwd: ROOT, stdio: 'pipe', timeout: 30_000 });
    return [];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    return [
      `kubectl kustomize ${folder}: ${error instanceof Error && 'stderr' in error ? error.stderr : error}`,
    ];
  }
}
