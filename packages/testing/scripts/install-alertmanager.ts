/** Builds the Alertmanager that tests run, and its tool, once for each version: run as `pnpm test:tools`, never by a test itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ALERTMANAGER_DIRECTORY,
  ALERTMANAGER_VERSION,
  hasAlertmanager,
} from '../src/alertmanager/alertmanager-program.ts';

if (!hasAlertmanager()) build();
console.log(`Alertmanager: ${join(ALERTMANAGER_DIRECTORY, 'alertmanager')}`);

function build(): void {
  console.log(`Alertmanager: building ${ALERTMANAGER_VERSION}, about a minute on 2 cores …`);
  const parent = join(ALERTMANAGER_DIRECTORY, '..');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'build-'));
  const programs = ['alertmanager', 'amtool'].map(
    (name) => `github.com/prometheus/alertmanager/cmd/${name}@v${ALERTMANAGER_VERSION}`,
  );
  try {
    execFileSync('go', ['install', ...programs], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, GOBIN: directory },
    });
    // In one step: a build that was cut short leaves nothing that looks finished.
    renameSync(directory, ALERTMANAGER_DIRECTORY);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
