/** The repository's documents as the tests see them: pages, their code blocks and links, the examples of docstrings. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));

const PAGES = [
  '*.md',
  'docs/**/*.md',
  'packages/**/*.md',
  'examples/*/README.md',
  'collector-config/**/*.md',
  'e2e/*.md',
];

/** A Markdown file; `path` is relative to the repository. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** A fenced block or the example of a docstring. */
export interface Example {
  /** Where it stands: `docs/guide/spool.md:81`. */
  readonly place: string;
  /** `ts`, `js`, `sh` …; `''` for a drawing. */
  readonly language: string;
  /** What the fence says behind the language. */
  readonly info: string;
  readonly code: string;
}

/** Every page that a reader may open. */
export function readPages(): readonly Page[] {
  return readFiles(PAGES);
}

/** Every fenced block of a page. */
export function examplesOfPage({ path, text }: Page): readonly Example[] {
  return fencedBlocks(text).map(({ offset, ...block }) => ({
    place: `${path}:${lineAt(text, offset)}`,
    ...block,
  }));
}

/** Every `@example` in the docstrings of a package's sources. Without a fence the whole text is TypeScript. */
export function readDocstringExamples(): readonly Example[] {
  const sources = readFiles(['packages/*/src/**/*.ts']).filter(({ path }) => !/\.test(-d)?\.ts$/.test(path));
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\/\*\*.*?\*\//gs)].flatMap((docstring) =>
      examplesOfDocstring(docstring[0]).map((example) => ({
        place: `${path}:${lineAt(text, docstring.index)}`,
        ...example,
      })),
    ),
  );
}

function examplesOfDocstring(docstring: string): Omit<Example, 'place'>[] {
  const text = docstring.replace(/^\s*\/\*\*\s?|\s*\*\/$/g, '').replaceAll(/^\s*\* ?/gm, '');
  const sections = text.split(/^@(?=\w)/m).filter((section) => section.startsWith('example'));
  return sections.map((section) => {
    const [fenced] = fencedBlocks(section);
    if (fenced === undefined) return { language: 'ts', info: '', code: section.slice('example'.length) };
    const { language, info, code } = fenced;
    return { language, info, code };
  });
}

function fencedBlocks(text: string): { language: string; info: string; code: string; offset: number }[] {
  return [...text.matchAll(/^( *)```(\w*) ?([^\n]*)\n(.*?)^\1```$/gms)].map((match) => {
    const [, indent = '', language = '', info = '', code = ''] = match;
    return { language, info, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), offset: match.index };
  });
}

function readFiles(patterns: string[]): Page[] {
  const paths = globSync(patterns, { cwd: ROOT, exclude: (path) => /node_modules|dist$/.test(String(path)) });
  return paths.sort().map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
