/** The boards' JSON against the foundation SDK's types, by the compiler: the types exist only there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { boards } from './outputs.ts';

const OPTIONS = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  types: [],
};
const TSC = join(import.meta.dirname, '../../../node_modules/.bin/tsc');

const JSON_TEXT = JSON.stringify(boards(), null, 2);

/** What must not compile: a change of the boards' text, and what the compiler says of it. */
const BROKEN: readonly (readonly [name: string, wanted: RegExp, broken: string, message: RegExp])[] = [
  ['version-as-text', /"schemaVersion": 39/, '"schemaVersion": "39"', /Type 'string' is not assignable/],
  ['unknown-property', /"title": "fab/, '"heading": 1, "title": "fab', /'"heading"' does not exist/],
  ['unknown-kind-of-variable', /"type": "query"/, '"type": "qery"', /"qery"/],
  ['unknown-option-of-a-panel', /"orientation": "horizontal"/, '"orientation": "sideways"', /"sideways"/],
  ['number-as-expression', /"expr": "[^\n]*/, '"expr": 5,', /'number' is not assignable/],
];

const said = compile([
  ['boards', JSON_TEXT],
  ...BROKEN.map(([name, wanted, broken]) => [name, JSON_TEXT.replace(wanted, broken)] as const),
]);

test('every property of every board is one that the SDK has, with a value that it allows', () => {
  expect(said('boards')).toEqual([]);
});

test.each(BROKEN)('%s is refused', (name, wanted, _, message) => {
  expect(JSON_TEXT).toMatch(wanted);
  expect(said(name).join('\n')).toMatch(message);
});

/** What the compiler says of each of these texts as boards, in one go: starting it takes longer than all of them. */
function compile(
  texts: readonly (readonly [name: string, json: string])[],
): (name: string) => readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'foundation-sdk-'));
  try {
    const type = fileURLToPath(new URL('./foundation-sdk.ts', import.meta.url));
    for (const [name, json] of texts) {
      // As a literal: of an imported JSON file the compiler keeps no values, and it lets unknown properties pass.
      const text = `import type { Board } from '${type}';\nexport const boards: Board[] = ${json};\n`;
      writeFileSync(join(directory, `${name}.ts`), text);
    }
    const files = texts.map(([name]) => `${name}.ts`);
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files }));
    const { stdout, error } = spawnSync(TSC, ['-p', 'tsconfig.json', '--pretty', 'false'], {
      cwd: directory,
      encoding: 'utf8',
    });
    if (error !== undefined) throw error;
    const lines = stdout.split('\n').filter((line) => line !== '');
    // A line that belongs to no file is about the compiler's own settings.
    const stray = lines.filter(
      (line) => !/^\s/.test(line) && !files.some((file) => line.startsWith(`${file}(`)),
    );
    return (name) => [...stray, ...lines.filter((line) => line.startsWith(`${name}.ts(`))];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
