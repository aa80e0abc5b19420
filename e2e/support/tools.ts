/**
 * The programs of the end-to-end suite: found on the PATH, else made once and kept in `.cache/`.
 * Run as `pnpm e2e:tools`; needs Node, Go and apt at most, and root only when apt has no package lists yet.
 */
import { execFileSync, type StdioOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { VictoriaClusterTools } from '@ephemetry/testing';
import { prepareDrawingTools } from '../boards/drawing-tools.ts';
import { prepareApiServer } from './api-server-tools.ts';
import { makeOnce } from './make-once.ts';

/** Paths of binaries. */
export interface Tools {
  /** `otelcol-contrib`, or a Collector with the components of `collector-builder.yaml`. */
  readonly collector: string;
  readonly prometheus: string;
  readonly promtool: string;
  /** Built from its module. */
  readonly victoriaMetrics: string;
}

/** Older ones than 1.132 refuse deltas. */
const VICTORIA_METRICS = '1.151.0';
const CLUSTER_PROGRAMS = ['vminsert', 'vmselect', 'vmstorage'];
const MANIFEST = join(import.meta.dirname, 'collector-builder.yaml');
const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e-tools');
/** Debian's package. */
const UNPACKED = join(CACHE, 'prometheus');

/**
 * Finds or makes the tools; the second call takes milliseconds.
 *
 * @param say - takes a line about each tool
 * @throws {Error} when a tool can neither be found nor made.
 */
export function prepareTools(say: (line: string) => void): Tools {
  const tools = {
    collector: prepareCollector(say),
    ...preparePrometheus(say),
    victoriaMetrics: prepareVictoriaMetrics(say),
  };
  for (const [name, path] of Object.entries(tools)) say(`${name}: ${path}`);
  return tools;
}

/** The tools that `prepareTools` left. @throws {Error} when one is missing */
export function locateTools(): Tools {
  const collector = findCollector();
  const prometheus = findPrometheus();
  const victoriaMetrics = existing(builtVictoriaMetrics());
  if (collector === undefined || prometheus === undefined || victoriaMetrics === undefined)
    throw new Error('run `pnpm e2e:tools` first');
  return { collector, ...prometheus, victoriaMetrics };
}

function findCollector(): string | undefined {
  const installed = onPath('otelcol-contrib');
  if (installed !== undefined && isNewEnough(installed)) return installed;
  const built = builtCollector();
  return existsSync(built) ? built : undefined;
}

/** Older ones do not know the component names that are not deprecated. */
function isNewEnough(collector: string): boolean {
  const [, minor = '0'] = /(?:^|\D)0\.(\d+)\.\d+/.exec(run(collector, ['--version'])) ?? [];
  const [, wanted = '0'] = /version: 0\.(\d+)\./.exec(readFileSync(MANIFEST, 'utf8')) ?? [];
  return Number(minor) >= Number(wanted);
}

function builtCollector(): string {
  const hash = createHash('sha256').update(readFileSync(MANIFEST)).digest('hex').slice(0, 16);
  return join(CACHE, `otelcol-contrib-${hash}`);
}

function prepareCollector(say: (line: string) => void): string {
  const found = findCollector();
  if (found !== undefined) return found;
  if (onPath('go') === undefined) {
    throw new Error(
      'no otelcol-contrib of the manifest’s version and no Go to build one: put either on the PATH',
    );
  }
  return makeOnce(builtCollector(), () => buildCollector(say));
}

function buildCollector(say: (line: string) => void): void {
  const [, version = ''] = /version: (\S+)/.exec(readFileSync(MANIFEST, 'utf8')) ?? [];
  say(`collector: building ${version}, about 5 minutes on 2 cores …`);
  const directory = mkdtempSync(join(CACHE, 'build-'));
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
  // stderr is shown: a build that says nothing for minutes looks stuck.
  run('go', ['run', builder, `--config=${MANIFEST}`], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // In one step: a build that was cut short leaves nothing that looks finished.
  renameSync(join(directory, 'build', 'otelcol-contrib'), builtCollector());
  rmSync(directory, { recursive: true });
}

type PrometheusTools = Pick<Tools, 'prometheus' | 'promtool'>;

function findPrometheus(): PrometheusTools | undefined {
  const prometheus = onPath('prometheus') ?? existing(join(UNPACKED, 'usr', 'bin', 'prometheus'));
  const promtool = onPath('promtool') ?? existing(join(UNPACKED, 'usr', 'bin', 'promtool'));
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
}

/** Unpacks Debian's package instead of installing it: that needs no root and starts no service. */
function preparePrometheus(say: (line: string) => void): PrometheusTools {
  const found = findPrometheus();
  if (found !== undefined) return found;
  if (onPath('apt-get') === undefined)
    throw new Error('no prometheus and no apt-get: put prometheus and promtool on the PATH');
  makeOnce(UNPACKED, () => unpackPrometheus(say));
  const unpacked = findPrometheus();
  if (unpacked === undefined) throw new Error(`${UNPACKED} holds no prometheus and promtool`);
  return unpacked;
}

function unpackPrometheus(say: (line: string) => void): void {
  say('prometheus: unpacking Debian’s package …');
  const directory = mkdtempSync(join(CACHE, 'package-'));
  const download = (): string => run('apt-get', ['download', 'prometheus'], { cwd: directory });
  try {
    download();
  } catch {
    run('apt-get', ['update']);
    download();
  }
  const [file = ''] = readdirSync(directory);
  run('dpkg-deb', ['--extract', join(directory, file), join(directory, 'unpacked')]);
  renameSync(join(directory, 'unpacked'), UNPACKED);
  rmSync(directory, { recursive: true });
}

function builtVictoriaMetrics(): string {
  return join(CACHE, `victoria-metrics-${VICTORIA_METRICS}`);
}

/** The cluster's programs: on the PATH, or built by `prepareTools` where its modules can be had; undefined where neither is. */
export function locateVictoriaCluster(): VictoriaClusterTools | undefined {
  const [vminsert, vmselect, vmstorage] = CLUSTER_PROGRAMS.map(
    (name) => onPath(name) ?? existing(join(builtVictoriaCluster(), name)),
  );
  if (vminsert === undefined || vmselect === undefined || vmstorage === undefined) return undefined;
  return { vminsert, vmselect, vmstorage };
}

/** The cluster is a version of its own of the same module; a module proxy may not have it, and the suite does without it then. */
export function prepareVictoriaCluster(say: (line: string) => void): VictoriaClusterTools | undefined {
  if (locateVictoriaCluster() === undefined && onPath('go') !== undefined) {
    try {
      makeOnce(builtVictoriaCluster(), () => buildVictoriaCluster(say));
    } catch (error) {
      const reason = String(error).split('\n').at(1) ?? '';
      say(`victoria-metrics cluster: not built, put ${CLUSTER_PROGRAMS.join(', ')} on the PATH (${reason})`);
    }
  }
  return locateVictoriaCluster();
}

function buildVictoriaCluster(say: (line: string) => void): void {
  say(`victoria-metrics cluster: building ${VICTORIA_METRICS}, about 80 s on 2 cores …`);
  const directory = mkdtempSync(join(CACHE, 'build-'));
  const modules = CLUSTER_PROGRAMS.map(
    (name) => `github.com/VictoriaMetrics/VictoriaMetrics/app/${name}@v${VICTORIA_METRICS}-cluster`,
  );
  try {
    run('go', ['install', ...modules], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GOBIN: directory },
    });
    renameSync(directory, builtVictoriaCluster());
  } catch (error) {
    rmSync(directory, { recursive: true });
    throw error;
  }
}

function builtVictoriaCluster(): string {
  return join(CACHE, `victoria-metrics-cluster-${VICTORIA_METRICS}`);
}

/** Always built: who has one on the PATH may have another version, and what it does with deltas changed between them. */
function prepareVictoriaMetrics(say: (line: string) => void): string {
  const built = builtVictoriaMetrics();
  if (existsSync(built)) return built;
  if (onPath('go') === undefined) throw new Error('no Go to build VictoriaMetrics with: put it on the PATH');
  return makeOnce(built, () => buildVictoriaMetrics(say, built));
}

function buildVictoriaMetrics(say: (line: string) => void, built: string): void {
  say(`victoria-metrics: building ${VICTORIA_METRICS}, about a minute on 2 cores …`);
  const directory = mkdtempSync(join(CACHE, 'build-'));
  const module = `github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics@v${VICTORIA_METRICS}`;
  run('go', ['install', module], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GOBIN: directory },
  });
  renameSync(join(directory, 'victoria-metrics'), built);
  rmSync(directory, { recursive: true });
}

function onPath(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly stdio?: StdioOptions; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
}

if (import.meta.main) {
  const say = (line: string): void => console.log(line);
  prepareTools(say);
  const others = { ...prepareVictoriaCluster(say), ...prepareApiServer(say), ...prepareDrawingTools(say) };
  for (const [name, path] of Object.entries(others)) say(`${name}: ${path}`);
}
