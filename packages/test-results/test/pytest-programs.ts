/** Real pytest with the plug-ins whose reports are read, installed once and kept in `.cache/`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '..', '..', '..', '.cache', 'e2e-tools');
const REQUIREMENTS = ['pytest==9.2.0', 'pytest-rerunfailures==16.7', 'pytest-xdist==3.8.0'];
const NAME = 'pytest-9.2.0-rerunfailures-16.7-xdist-3.8.0';

/** Runs pytest in a folder. @returns its exit code; null when a signal ended it */
export function runPytest(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): number | null {
  const python = join(installed(), 'bin', 'python3');
  const ended = spawnSync(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    timeout: 60_000,
    stdio: 'ignore',
  });
  return ended.status;
}

/** Made in one step, so that half of it is never found. */
export function installed(): string {
  const finished = join(CACHE, NAME);
  if (existsSync(finished)) return finished;
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, `${NAME}-`));
  try {
    execFileSync('python3', ['-m', 'venv', directory]);
    const python = join(directory, 'bin', 'python3');
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...REQUIREMENTS], { stdio: 'ignore' });
    renameSync(directory, finished);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return finished;
}
