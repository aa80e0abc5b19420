/** A directory of the embedded database has one user at a time: PGlite would let a second one destroy it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryInUse } from '@ephemetry/store/pglite';
import { temporaryDirectory } from '@ephemetry/testing';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { openPglite } from '../src/database/open-pglite.ts';
import './fixtures/prepared-pglite.ts';

const WHY_SKIPPED = process.platform === 'linux' ? '' : ' (abstract sockets are a thing of Linux)';

describe.skipIf(process.platform !== 'linux')(`a PGlite directory${WHY_SKIPPED}`, () => {
  test('keeps another process out, and lets it in when the first was killed', async () => {
    const place = makePlace();
    const [hook, program] = ['prepared-pglite-hook.ts', 'directory-user.ts'].map(fixture);
    const user = spawn(process.execPath, ['--import', `${hook}`, `${program}`, place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => user.once('exit', resolve));
    onTestFinished(() => void user.kill('SIGKILL'));
    await new Promise((resolve) => user.stdout.once('data', resolve));
    const database = openHere(place);
    await expect(ask(database)).rejects.toBeInstanceOf(DirectoryInUse);
    await expect(ask(database)).rejects.toThrow(`${place} is in use: another program`);
    await expect(database.listen('any', { onNotification: () => {}, onLost: () => {} })).rejects.toThrow(
      DirectoryInUse,
    );
    user.kill('SIGKILL');
    await ended;
    await ask(database);
  });

  test('keeps the same process out by any of its names, until it is closed', async () => {
    const place = makePlace();
    const first = openHere(place);
    await ask(first);
    const second = openHere(`file://${place}/../database`);
    await expect(ask(second)).rejects.toBeInstanceOf(DirectoryInUse);
    await first.close();
    await ask(second);
    await second.close();
    await second.close();
  });

  test('is not made, nor taken, by a database that nobody asks', async () => {
    const place = makePlace();
    await openPglite({ pglite: place }).close();
    expect(existsSync(place)).toBe(false);
  });

  test('in memory has no directory, and many users', async () => {
    await Promise.all([ask(openHere(undefined)), ask(openHere('memory://'))]);
  });
});

function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}

function makePlace(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return join(directory.path, 'database');
}

function openHere(pglite: string | undefined): AnalyzerDatabase {
  const database = openPglite(pglite === undefined ? {} : { pglite });
  onTestFinished(() => database.close());
  return database;
}

async function ask({ kysely }: AnalyzerDatabase): Promise<void> {
  await sql`select 1`.execute(kysely);
}
