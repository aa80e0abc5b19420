/** What is packed compiles and loads in programs of each module kind, with the real compiler and the real Node. */
import { execSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../packages/testing/src/index.ts';
import { ROOT } from './documentation.ts';

const PROGRAM = `
import { FAB_METRICS, type InstrumentKind } from '@ephemetry/contract';
import { createMeterProvider, type EphemeralMeterProvider, type Verdict } from '@ephemetry/exporter';
import { type GrafanaOptions, renderGrafana } from '@ephemetry/grafana';
import { type FabTelemetry, instrumentFab } from '@ephemetry/instrumentation-fab';
import { openPglite, type PgliteOptions } from '@ephemetry/merge-analyzer';
import { numberText, type OtlpReceiver } from '@ephemetry/receiver';
import { nearestRank, type Rate } from '@ephemetry/statistics';
import { openDatabase, type Opened } from '@ephemetry/store';
import { kyselyOn } from '@ephemetry/store/kysely';

export const provider: EphemeralMeterProvider = createMeterProvider({ serviceName: 'packed' });
export const flushed: Promise<Verdict> = provider.flush();
export const telemetry: FabTelemetry = instrumentFab();
export const kind: InstrumentKind = FAB_METRICS.agentSessions.instrument;
export const text: string = numberText(1);
export const others = [renderGrafana, openPglite, nearestRank, openDatabase, kyselyOn];
export type Others = [GrafanaOptions, PgliteOptions, OtlpReceiver, Rate, Opened];
// A declaration that was not found would be taken for any.
// @ts-expect-error
export type NotThere = EphemeralMeterProvider['notThere'];
console.log(text);
`;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const project = temporaryDirectory();
const modules = join(project.path, 'node_modules');

beforeAll(() => {
  const pack = `npx -y --prefer-offline pnpm@12 -r --filter "./packages/*" pack --pack-destination ${project.path}`;
  execSync(pack, { cwd: ROOT, stdio: 'pipe' });
  for (const manifest of globSync(`${ROOT}packages/*/package.json`)) {
    const parsed: Manifest = JSON.parse(readFileSync(manifest, 'utf8'));
    if (parsed.private !== true) install(dirname(manifest), parsed);
  }
  link(`${ROOT}node_modules/@types/node`, '@types/node');
});

afterAll(() => project.remove());

/** Unpacks what would be published, with what it depends on beside it. */
function install(
  directory: string,
  { name, version, dependencies = {}, peerDependencies = {} }: Manifest,
): void {
  const target = join(modules, name);
  mkdirSync(target, { recursive: true });
  const tarball = join(project.path, `${name.slice(1).replace('/', '-')}-${version}.tgz`);
  execSync(`tar xzf ${tarball} --strip-components 1 -C ${target}`);
  for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (!dependency.startsWith('@ephemetry/')) link(join(directory, 'node_modules', dependency), dependency);
  }
}

function link(from: string, name: string): void {
  const path = join(modules, name);
  mkdirSync(dirname(path), { recursive: true });
  try {
    symlinkSync(from, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

test.each([
  { type: 'commonjs', module: 'commonjs', emitted: 'require(' },
  { type: 'commonjs', module: 'node16', emitted: 'require(' },
  { type: 'commonjs', module: 'nodenext', emitted: 'require(' },
  { type: 'module', module: 'node16', emitted: 'import ' },
  { type: 'module', module: 'nodenext', emitted: 'import ' },
])('a program of type $type compiles with module $module and runs', ({ type, module, emitted }) => {
  const directory = join(project.path, `${type}-${module}`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type }));
  writeFileSync(join(directory, 'program.ts'), PROGRAM);
  const compilerOptions = { module, target: 'es2022', strict: true, types: ['node'], skipLibCheck: true };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  expect(run(`${ROOT}node_modules/.bin/tsc`, directory)).toBe('');
  expect(readFileSync(join(directory, 'program.js'), 'utf8')).toContain(emitted);
  expect(run(`${process.execPath} program.js`, directory)).toBe('1\n');
});

test('what is published holds no tests, no build state, and no map without its sources', () => {
  const files = globSync('@ephemetry/*/**', { cwd: modules });
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => /\.test\.|tsbuildinfo|\/fixtures\//.test(file))).toEqual([]);
  for (const map of files.filter((file) => file.endsWith('.map')))
    expect(JSON.parse(readFileSync(join(modules, map), 'utf8'))).toHaveProperty('sourcesContent');
});

test('what a bundle contains of others stands in its notices, with their licence', () => {
  const bundled = globSync('@ephemetry/*/dist/*.js.map', { cwd: modules }).flatMap((map) => {
    const { sources }: { sources: readonly string[] } = JSON.parse(readFileSync(join(modules, map), 'utf8'));
    const names = sources.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    return names.map((name) => ({ name, folder: dirname(map) }));
  });
  expect(bundled.length).toBeGreaterThan(0);
  for (const { name, folder } of bundled) {
    const notices = readFileSync(join(modules, folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices, folder).toMatch(new RegExp(`^${name} [0-9.]+, [\\w.() -]+$`, 'm'));
    expect(notices, folder).toContain('Apache License');
  }
});

describe('the command alone, without the packages that few verbs need', () => {
  const project = temporaryDirectory();
  const modules = join(project.path, 'node_modules');
  const ephemetry = `${process.execPath} ${join(modules, '@ephemetry/cli/dist/main.js')}`;
  afterAll(() => project.remove());
  beforeAll(() => {
    writeFileSync(join(project.path, 'package.json'), '{}');
    copyWithDependencies('@ephemetry/cli', modules);
  });

  test('installs less than 12 MB', () => {
    const files = globSync('**', { cwd: modules }).map((file) => statSync(join(modules, file)));
    const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThan(12_000_000);
  });

  test.each([
    '--help',
    'receive --help',
    'drain --help',
    'status --help',
    'fab import --help',
    'merges --help',
    'boards export --help',
  ])('%s works', (args) => {
    expect(run(`${ephemetry} ${args}`, project.path)).toContain('Usage: ephemetry');
  });

  test('takes no package from the working directory', () => {
    const elsewhere = join(project.path, 'elsewhere');
    const planted = join(elsewhere, 'node_modules/@ephemetry/merge-analyzer');
    mkdirSync(planted, { recursive: true });
    writeFileSync(join(planted, 'package.json'), '{"type":"module","exports":"./index.js"}');
    writeFileSync(join(planted, 'index.js'), 'console.log("planted code runs");');
    const said = run(`${ephemetry} merges`, elsewhere);
    expect(said).toContain('this needs @ephemetry/merge-analyzer, which is not installed beside');
    expect(said).not.toContain('planted');
  });

  test.each([
    ['merges', '@ephemetry/merge-analyzer'],
    ['boards export --board fab --format operator', '@ephemetry/grafana'],
  ])('%s says what to install, and works once it is', (args, needed) => {
    const said = run(`${ephemetry} ${args}`, project.path);
    expect(said).toContain(`this needs ${needed}, which is not installed beside this command`);
    expect(said).toContain(`npm install --prefix ${project.path} ${needed}@`);
    copyWithDependencies(needed, modules);
    expect(run(`${ephemetry} ${args} --help`, project.path)).toContain('Usage: ephemetry');
    expect(run(`${ephemetry} ${args}`, project.path)).not.toContain('not installed');
  });
});

/** As a package manager would: with all that it depends on, and without what is optional. */
function copyWithDependencies(name: string, into: string): void {
  const target = join(into, name);
  if (existsSync(target)) return;
  const source = realpathSync(join(modules, name));
  cpSync(source, target, {
    recursive: true,
    filter: (file) => !file.slice(source.length).includes('node_modules'),
  });
  const { dependencies = {} } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) {
    if (!existsSync(join(modules, dependency))) link(join(modulesAround(source), dependency), dependency);
    copyWithDependencies(dependency, into);
  }
}

function modulesAround(source: string): string {
  return source.slice(0, source.lastIndexOf('/node_modules/') + '/node_modules'.length);
}

/** Everything that it prints, also when it fails. */
function run(command: string, directory: string): string {
  const env = { ...process.env, OTEL_SDK_DISABLED: 'true', HOME: directory, EPHEMETRY_MERGES_DATABASE: '' };
  try {
    return execSync(`${command} 2>&1`, { cwd: directory, encoding: 'utf8', env });
  } catch (error) {
    return String(error instanceof Error && 'stdout' in error ? error.stdout : error);
  }
}
