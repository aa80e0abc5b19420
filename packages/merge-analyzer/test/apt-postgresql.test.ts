/** What is asked of `apt-get`: a stand-in on PATH writes down how it is started. The real one changes the machine. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { aptInstallPostgresql } from './apt-postgresql.ts';

test('updates, then installs without questions, and by then no server will be started', () => {
  const place = makePlace(`echo "$DEBIAN_FRONTEND $* $(cat '%settings%/createcluster.conf')" >> '%log%'`);
  aptInstallPostgresql({ ...place, packages: ['postgresql', 'pgbouncer'] });
  const patience = '-o DPkg::Lock::Timeout=120 -o Acquire::Retries=3';
  expect(place.log()).toEqual([
    `noninteractive ${patience} update create_main_cluster = false`,
    `noninteractive ${patience} install -y --no-install-recommends postgresql pgbouncer create_main_cluster = false`,
  ]);
});

test('leaves alone what an administrator has set', () => {
  const place = makePlace('exit 0');
  mkdirSync(place.clusterSettings);
  writeFileSync(join(place.clusterSettings, 'createcluster.conf'), "data_directory = '/data'\n");
  aptInstallPostgresql(place);
  expect(readFileSync(join(place.clusterSettings, 'createcluster.conf'), 'utf8')).toBe(
    "data_directory = '/data'\n",
  );
});

test('says what apt-get said, and installs nothing after an update that failed', () => {
  const place = makePlace(`echo run >> '%log%'; echo 'E: no such mirror' >&2; exit 100`);
  expect(() => aptInstallPostgresql(place)).toThrow(/^apt-get .* update ended with 100: E: no such mirror$/);
  expect(place.log()).toEqual(['run']);
});

test('says that there is no apt-get, or that it may not write', () => {
  const place = makePlace('exit 0');
  const env = { PATH: place.clusterSettings };
  expect(() => aptInstallPostgresql({ ...place, env })).toThrow(
    /^apt-get cannot be started .*: install PostgreSQL yourself$/,
  );
  // Below a file no folder can be made, whoever asks.
  const clusterSettings = join(place.standIn, 'settings');
  expect(() => aptInstallPostgresql({ ...place, clusterSettings })).toThrow(
    `${clusterSettings}/createcluster.conf cannot be written: run this as root`,
  );
});

function makePlace(script: string) {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  const [log, clusterSettings] = [join(directory.path, 'log'), join(directory.path, 'settings')];
  const standIn = join(directory.path, 'apt-get');
  const body = script.replaceAll('%log%', log).replaceAll('%settings%', clusterSettings);
  writeFileSync(standIn, `#!/bin/sh\n${body}\n`);
  chmodSync(standIn, 0o755);
  return {
    standIn,
    clusterSettings,
    env: { PATH: `${directory.path}:${process.env['PATH']}` },
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
  };
}
