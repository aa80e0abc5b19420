/**
 * What pictures of the boards are drawn with: Grafana's panel components from npm, kept in `.cache/` because they are half
 * a GiB that nothing else needs, and Debian's Chromium.
 */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { makeOnce } from '../support/make-once.ts';

const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e-tools');

/** Grafana's own versions fit each other only; React 18 is what they were built for. */
const PACKAGES = {
  '@grafana/data': '11.6.0',
  '@grafana/ui': '11.6.0',
  react: '18.3.1',
  'react-dom': '18.3.1',
  rxjs: '7.8.2',
};

/** Where both are. */
export interface DrawingTools {
  /** A `node_modules` directory with Grafana's components. */
  readonly modules: string;
  readonly chromium: string;
}

/** Finds or installs both. @throws {Error} when one can neither be found nor installed */
export function prepareDrawingTools(say: (line: string) => void): DrawingTools {
  return { modules: prepareModules(say), chromium: prepareChromium(say) };
}

/** @throws {Error} when one is missing */
export function locateDrawingTools(): DrawingTools {
  const chromium = onPath('chromium');
  const modules = modulesPath();
  if (chromium === undefined || !existsSync(modules)) throw new Error('run `pnpm e2e:tools` first');
  return { modules, chromium };
}

function modulesPath(): string {
  const hash = createHash('sha256').update(JSON.stringify(PACKAGES)).digest('hex').slice(0, 16);
  return join(CACHE, `grafana-components-${hash}`, 'node_modules');
}

function prepareModules(say: (line: string) => void): string {
  const modules = modulesPath();
  makeOnce(join(modules, '..'), () => installModules(say, modules));
  return modules;
}

function installModules(say: (line: string) => void, modules: string): void {
  say('Grafana’s panel components: installing, about a minute …');
  const directory = mkdtempSync(join(CACHE, 'components-'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  // Their peers name packages that no panel here needs; their install scripts build nothing that is used.
  const args = [
    'install',
    '--legacy-peer-deps',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  execFileSync('npm', args, { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  renameSync(directory, join(modules, '..'));
}

function prepareChromium(say: (line: string) => void): string {
  const found = onPath('chromium');
  if (found !== undefined) return found;
  if (onPath('apt-get') === undefined)
    throw new Error('no chromium and no apt-get: put chromium on the PATH');
  say('chromium: installing Debian’s package …');
  const install = ['install', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
  const options: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'inherit'] };
  try {
    execFileSync('apt-get', install, options);
  } catch {
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', install, options);
  }
  return onPath('chromium') ?? '/usr/bin/chromium';
}

function onPath(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}
