/** docs/performance.md: each bench writes its own part, between its own marks, and leaves the others as they are. */
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../docs/performance.md', import.meta.url);

/** Replaces the part of a command (`pnpm bench:gateway`), or adds it at the end of the page. */
export function writePart(command: string, text: string): void {
  const part = `<!-- begin: ${command} -->\n\n${text.trim()}\n\n<!-- end: ${command} -->\n`;
  const page = readFileSync(PAGE, 'utf8');
  const old = partsOf(page).find((each) => each.startsWith(`<!-- begin: ${command} -->`));
  writeFileSync(PAGE, old === undefined ? `${page.trimEnd()}\n\n${part}` : page.replace(old, () => part));
}

/** Writes all that stands outside of the parts, which stay at the end. */
export function writeRest(text: string): void {
  const parts = partsOf(readFileSync(PAGE, 'utf8')).map((part) => `\n${part}`);
  writeFileSync(PAGE, `${text.trimEnd()}\n${parts.join('')}`);
}

function partsOf(page: string): readonly string[] {
  return page.match(/<!-- begin: (.*?) -->\n.*?<!-- end: \1 -->\n/gs) ?? [];
}
