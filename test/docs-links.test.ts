/** Every relative link of the documents leads to a file, and to a heading where it names one. */
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { type Page, ROOT, readPages } from './documentation.ts';

test.each(readPages())('the links of $path lead somewhere', (page) => {
  expect(relativeLinks(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
});

test('a link to nowhere is found', () => {
  const page = {
    path: 'docs/README.md',
    text: '[a](guide/spool.md#limits) [b](guide/spool.md#no) [c](no.md) [d](#a-comment)\n```sh\n# a comment\n```\n',
  };
  expect(relativeLinks(page).filter((link) => !leadsSomewhere(page, link))).toEqual([
    'guide/spool.md#no',
    'no.md',
    '#a-comment',
  ]);
});

function relativeLinks({ text }: Page): string[] {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere({ path, text }: Page, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : posix.join(posix.dirname(path), file);
  if (!existsSync(`${ROOT}${target}`)) return false;
  if (anchor === undefined) return true;
  const targetText = file === '' ? text : readFileSync(`${ROOT}${target}`, 'utf8');
  return anchorsOf(targetText).includes(anchor);
}

/** As GitHub makes them: lower case, punctuation dropped, blanks to hyphens. */
function anchorsOf(text: string): string[] {
  const headings = [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Without its blocks of code: a comment of a shell is no heading. */
function proseOf(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, '');
}
