/**
 * Builds the Gitea that tests run, once for each version: run as `pnpm test:tools`, never by a test itself. Its module holds
 * its templates too, so the tree is copied, built where it lies and kept with what the program reads at run time.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GITEA_DIRECTORY, GITEA_VERSION } from '../src/gitea/gitea-program.ts';

/** What the program reads beside itself; the rest of the tree is its source. */
const KEPT = ['gitea', 'options', 'templates', 'public'];

if (!existsSync(GITEA_DIRECTORY)) build();
console.log(`Gitea: ${join(GITEA_DIRECTORY, 'gitea')}`);

function build(): void {
  console.log(`Gitea: building ${GITEA_VERSION}, about 3 minutes on 2 cores …`);
  const parent = join(GITEA_DIRECTORY, '..');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'build-'));
  try {
    const source = join(directory, 'source');
    cpSync(downloadModule(directory), source, { recursive: true });
    // The module cache is read-only.
    execFileSync('chmod', ['-R', 'u+w', source]);
    const flags = [
      '-tags',
      'sqlite sqlite_unlock_notify',
      '-ldflags',
      `-s -w -X main.Version=${GITEA_VERSION}`,
    ];
    execFileSync('go', ['build', ...flags, '-o', 'gitea', '.'], {
      cwd: source,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, CGO_ENABLED: '1' },
    });
    const built = join(directory, 'built');
    mkdirSync(built);
    for (const name of KEPT) renameSync(join(source, name), join(built, name));
    // In one step: a build that was cut short leaves nothing that looks finished.
    renameSync(built, GITEA_DIRECTORY);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Where the sources lie in the module cache. */
function downloadModule(directory: string): string {
  const args = ['mod', 'download', '-json', `code.gitea.io/gitea@v${GITEA_VERSION}`];
  const printed = execFileSync('go', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const downloaded: unknown = JSON.parse(printed);
  const isFound =
    typeof downloaded === 'object' &&
    downloaded !== null &&
    'Dir' in downloaded &&
    typeof downloaded.Dir === 'string';
  if (!isFound) throw new Error(`go mod download gave no directory for Gitea ${GITEA_VERSION}`);
  return String(downloaded.Dir);
}
