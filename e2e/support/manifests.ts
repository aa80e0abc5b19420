/** Kubernetes manifests, checked against the API's schemas without a cluster. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** One object of a manifest file. */
export interface Manifest {
  /** Path below the folder that was read. */
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly content: unknown;
}

/** All objects in the YAML files of a folder and its folders, kustomizations left out. */
export function readManifests(folder: string): readonly Manifest[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'))
    .sort()
    .flatMap((file) => readObjects(folder, file));
}

function readObjects(folder: string, file: string): readonly Manifest[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    const content: unknown = document.toJS();
    if (!isTyped(content)) throw new Error(`${file}: no apiVersion and kind`);
    return { file, apiVersion: content.apiVersion, kind: content.kind, content };
  });
}

function isTyped(content: unknown): content is { readonly apiVersion: string; readonly kind: string } {
  return (
    typeof content === 'object' &&
    content !== null &&
    'apiVersion' in content &&
    typeof content.apiVersion === 'string' &&
    'kind' in content &&
    typeof content.kind === 'string'
  );
}

/** A kustomization's patches. */
interface Patch {
  readonly target: { readonly kind: string; readonly name: string };
  /** YAML of JSON Patch operations. */
  readonly patch: string;
}

/**
 * What the patches of an overlay make of its bases' objects, so that it can be checked without kustomize. Knows `add`,
 * `replace` and `test` of JSON Patch (RFC 6902), and no other operation.
 *
 * @throws {Error} when a patch has no object, or a path is not there.
 */
export function patchedBy(kustomization: string, manifests: readonly Manifest[]): readonly Manifest[] {
  const { patches }: { patches: readonly Patch[] } = parse(readFileSync(kustomization, 'utf8'));
  return patches.map(({ target, patch }) => {
    const found = manifests.find(
      ({ kind, content }) => kind === target.kind && nameOf(content) === target.name,
    );
    if (found === undefined) throw new Error(`no ${target.kind} ${target.name} to patch`);
    const content = structuredClone(found.content);
    for (const { op, path, value } of parse(patch))
      applyOperation(content, op, path.split('/').slice(1), value);
    return { ...found, file: `${found.file}, patched`, content };
  });
}

function nameOf(content: unknown): unknown {
  return Object(Object(content).metadata).name;
}

function applyOperation(content: unknown, op: string, path: readonly string[], value: unknown): void {
  const parent: unknown = path.slice(0, -1).reduce<unknown>((at, key) => Object(at)[key], content);
  const key = path.at(-1) ?? '';
  if (op === 'add' && Array.isArray(parent) && key === '-') parent.push(value);
  else if (op === 'replace' && key in Object(parent)) Object.assign(Object(parent), { [key]: value });
  else if (op === 'test' && Object(parent)[key] === value) return;
  else throw new Error(`${op} of /${path.join('/')} is not possible`);
}

/**
 * Unknown fields, which the schemas of `kubernetes-models` let pass: each manifest becomes a literal of its type, and
 * the compiler names what the type does not have.
 */
export function unknownFields(manifests: readonly Manifest[]): string {
  // Below node_modules: the compiler finds the types from there, and git ignores it.
  const folder = join(import.meta.dirname, '..', 'node_modules', '.manifests');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = manifests.map(({ apiVersion, kind, content, file }, index) => {
    const path = join(folder, `${index}.ts`);
    const literal = JSON.stringify(content, undefined, 2);
    writeFileSync(
      path,
      `// ${file}\nimport type { I${kind} } from 'kubernetes-models/${apiVersion}';\nexport const manifest: I${kind} = ${literal};\n`,
    );
    return path;
  });
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--types',
    '',
  ];
  try {
    execFileSync('tsc', [...options, ...files], { cwd: folder, encoding: 'utf8' });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}
