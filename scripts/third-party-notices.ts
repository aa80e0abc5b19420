/** What a bundle contains of others, with their licences: whoever publishes a copy must say so. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Writes `dist/THIRD-PARTY-NOTICES.txt` of a package whose bundles these are. Nothing without a part of others. */
export function writeNotices(packageRoot: string, bundles: readonly Metafile[]): void {
  const folders = bundles.flatMap(({ inputs }) => Object.keys(inputs).flatMap((path) => packageFolder(path)));
  const notices = [...new Set(folders)].map((folder) => notice(join(packageRoot, folder)));
  const text = [...new Set(notices)].sort().join('\n');
  if (text !== '') writeFileSync(join(packageRoot, 'dist', 'THIRD-PARTY-NOTICES.txt'), `${HEADER}\n${text}`);
}

const HEADER = 'This package contains the software of others, bundled into it, under these licences.\n';

/** `node_modules/@a/b/build/x.js` as `node_modules/@a/b`; nothing of our own files. */
function packageFolder(path: string): readonly string[] {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  return folder === undefined ? [] : [folder];
}

/** @throws {Error} when a package tells no licence: then it must not be bundled */
function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = existsSync(folder)
    ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    : undefined;
  if (license === undefined || file === undefined) throw new Error(`${name} ${version} tells no licence`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  return `${'-'.repeat(78)}\n${name} ${version}, ${license}\n\n${text}\n`;
}
