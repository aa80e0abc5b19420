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

test('a reader finds every page from another one', () => {
  const pages = readPages();
  const linked = new Set(
    pages.flatMap((page) =>
      relativeLinks(page)
        .map((link) => targetOf(page, link))
        .filter((target) => target !== page.path)
        // A folder shows its README.
        .flatMap((target) => [target, posix.join(target, 'README.md')]),
    ),
  );
  const forReaders = pages.filter(({ path }) =>
    /^(docs\/([\w-]+\/)?|examples\/[\w-]+\/|packages\/[\w-]+\/)[\w-]+\.md$/.test(path),
  );
  const alone = forReaders.filter(({ path }) => !linked.has(path) && !/CHANGELOG|THIRD-PARTY/.test(path));
  expect(forReaders.length).toBeGreaterThan(100);
  // Each alert leads to its page; the folder is linked.
  expect(alone.map(({ path }) => path).filter((path) => !path.startsWith('docs/alerts/'))).toEqual([]);
});

function relativeLinks({ text }: Page): string[] {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The file of a link, relative to the repository. */
function targetOf({ path }: Page, link: string): string {
  const [file = ''] = link.split('#');
  return file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '');
}

function leadsSomewhere({ path, text }: Page, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = targetOf({ path, text }, link);
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
