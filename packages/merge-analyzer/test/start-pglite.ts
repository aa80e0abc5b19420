/** A fresh PGlite in memory without what it costs to make one: its files are made once for each version of it, and kept. */
import { existsSync, openAsBlob } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const PACKAGE = join(
  dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')),
  '..',
  'package.json',
);

/** 0.7 s of CPU time, where making the files takes 3 s. */
export async function startPglite(): Promise<PGlite> {
  return await PGlite.create({ loadDataDir: await openAsBlob(await preparedFiles()) });
}

/** The path of an archive of what PGlite makes at its first start. */
export async function preparedFiles(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8'));
  const directory = join(import.meta.dirname, '..', 'node_modules', '.cache');
  const archive = join(directory, `pglite-${version}.tar`);
  if (existsSync(archive)) return archive;
  const pglite = await PGlite.create();
  const files = await pglite.dumpDataDir('none');
  await pglite.close();
  await mkdir(directory, { recursive: true });
  // Two files of tests may make it at once: whoever is last replaces the same.
  const own = `${archive}.${process.pid}`;
  await writeFile(own, Buffer.from(await files.arrayBuffer()));
  await rename(own, archive);
  return archive;
}
