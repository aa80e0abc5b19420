import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { collectCoverage } from './collect-coverage.ts';

it('files that have too many lines together leave no coverage, and are told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['a', 'b'])
    writeFileSync(join(folder, name), `SF:${name}.js\nDA:1,1\nDA:2,0\nend_of_record\n`);
  const paths = [join(folder, 'a'), join(folder, 'b')];
  expect(collectCoverage(paths, 4)).toMatchObject({ coverage: { covered: 2, total: 4 }, problems: [] });
  expect(collectCoverage(paths, 3)).toMatchObject({
    coverage: undefined,
    problems: [`${join(folder, 'b')} is refused: there are more than 3 lines`],
  });
});

/** A folder with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const lcov = (file: string, ...hits: number[]): string =>
  `SF:${file}\n${hits.map((hit, index) => `DA:${index + 1},${hit}\n`).join('')}end_of_record\n`;

it('files of one name in two packages are two, wherever their coverage files are below the package', () => {
  const folder = folderWith({
    'packages/a/src/index.js': '',
    'packages/b/src/index.js': '',
    'packages/a/coverage/lcov.info': lcov('src/index.js', 1, 0),
    'packages/b/coverage/deep/lcov.info': lcov('src/index.js', 1, 1),
  });
  expect(collectCoverage([join(folder, 'packages/*/coverage/**/lcov.info')])).toMatchObject({
    coverage: { covered: 3, total: 4 },
    problems: [],
  });
});

it('Cobertura files of two packages tell the folders of their files', () => {
  const cobertura = (folder: string): string =>
    `<coverage><sources><source>${folder}</source></sources><packages><package><classes><class filename="__init__.py"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>`;
  const folder = folderWith({ 'a/pkg/__init__.py': '', 'b/pkg/__init__.py': '' });
  for (const name of ['a', 'b'])
    writeFileSync(join(folder, name, 'coverage.xml'), cobertura(join(folder, name, 'pkg')));
  expect(collectCoverage([join(folder, '*', 'coverage.xml')])).toMatchObject({
    coverage: { covered: 2, total: 2 },
  });
});

it('JaCoCo files of two modules are two, and a report of all of them has the same files once more', () => {
  const lines =
    '<package name="p"><sourcefile name="A.java"><line nr="3" mi="0" ci="1"/></sourcefile></package>';
  const folder = folderWith({
    'a.xml': `<report name="a">${lines}</report>`,
    'b.xml': `<report name="b">${lines}</report>`,
    'all.xml': `<report name="all"><group name="a">${lines}</group><group name="b">${lines}</group></report>`,
  });
  expect(collectCoverage([join(folder, '*.xml')])).toMatchObject({ coverage: { covered: 2, total: 2 } });
});

it('slices of one package are one, where its sources are and where they are not', () => {
  const slices = { 'one/lcov.info': lcov('src/a.js', 1, 0), 'two/lcov.info': lcov('./src/a.js', 0, 1) };
  for (const sources of [{ 'src/a.js': '' }, {}])
    expect(collectCoverage([join(folderWith({ ...slices, ...sources }), '*', 'lcov.info')])).toMatchObject({
      coverage: { covered: 2, total: 2 },
    });
});

it('two files of one name that are nowhere, and have other lines, are refused', () => {
  const folder = folderWith({ 'a/lcov.info': lcov('src/x.js', 1), 'b/lcov.info': lcov('src/x.js', 1, 1) });
  expect(collectCoverage([join(folder, '*', 'lcov.info')])).toEqual({
    coverage: undefined,
    files: [join(folder, 'a/lcov.info'), join(folder, 'b/lcov.info')],
    problems: [
      `${join(folder, 'b/lcov.info')} is refused: its "src/x.js" has other lines than that of ${join(folder, 'a/lcov.info')}, and neither is on this machine; report where the sources are checked out`,
    ],
  });
});
