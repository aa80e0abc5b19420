/** What a bundle contains of others, with their licences: whoever publishes a copy must say so. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Writes `dist/THIRD-PARTY-NOTICES.txt` of a package whose bundles these are. Nothing without a part of others. */
export function writeNotices(packageRoot: string, bundles: readonly Metafile[]): void {
  const paths = bundles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = [...new Set(paths.flatMap((path) => packageFolder(path)))];
  const notices = folders.map((folder) => {
    const files = paths.filter((path) => path.startsWith(`${folder}/`));
    return notice(
      join(packageRoot, folder),
      files.map((path) => join(packageRoot, path)),
    );
  });
  const inner = [...new Set(paths.map((path) => dirname(path)))].flatMap((folder) =>
    noticesBeside(join(packageRoot, folder)),
  );
  const text = [...new Set([...notices, ...inner])].sort().join('\n');
  if (text !== '') writeFileSync(join(packageRoot, 'dist', FILE_NAME), `${HEADER}\n${text}`);
}

const FILE_NAME = 'THIRD-PARTY-NOTICES.txt';
const SEPARATOR = `${'-'.repeat(78)}\n`;

const HEADER = 'This package contains the software of others, bundled into it, under these licences.\n';

/** `node_modules/@a/b/build/x.js` as `node_modules/@a/b`; nothing of our own files. */
function packageFolder(path: string): readonly string[] {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  return folder === undefined ? [] : [folder];
}

/** Those of another bundle of ours, which is a part of this one. */
function noticesBeside(folder: string): readonly string[] {
  const path = join(folder, FILE_NAME);
  if (!existsSync(path)) return [];
  const [, ...notices] = readFileSync(path, 'utf8').split(`\n${SEPARATOR}`);
  return notices.map((text) => `${SEPARATOR}${text.trimEnd()}\n`);
}

/**
 * @param files those of the package that are bundled
 * @throws {Error} when a package tells no licence: then it must not be bundled
 */
function notice(folder: string, files: readonly string[]): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? headersOf(files) : readFileSync(join(folder, file), 'utf8').trim();
  if (license === undefined || text === '') throw new Error(`${name} ${version} tells no licence`);
  return `${SEPARATOR}${name} ${version}, ${license}\n\n${text}\n`;
}

/** What files say of their licences at their beginning, where no file of the package does. Empty when one of them says nothing. */
function headersOf(files: readonly string[]): string {
  const headers = files.map((path) => /^(?:\/\/.*\n)+/.exec(readFileSync(path, 'utf8'))?.[0] ?? '');
  const isSaid = headers.every((header) => /copyright/i.test(header));
  const plain = [...new Set(headers)].map((header) => header.replaceAll(/^\/\/ ?/gm, '').trim());
  return isSaid ? plain.join('\n\n') : '';
}
