/** Every example that a reader may copy runs as it stands: as a real process, against a real receiver. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProgram, startReceiver } from '../packages/testing/src/index.ts';
import { NOT_RUN, notRun } from './commands-not-run.ts';
import { type Example, examplesOfPage, ROOT, readDocstringExamples, readPages } from './documentation.ts';
import { createProject, PREPARED_PGLITE } from './example-project.ts';
import { runShellBlock } from './run-shell-block.ts';
import { commandsOf } from './shell-command.ts';

const pages = readPages();
const examples = [...pages.flatMap(examplesOfPage), ...readDocstringExamples()];
/** Walked from its first command to its last by a test of its own, which sees that it leaves none out. */
const isOfFabsGuide = ({ place }: Example): boolean => place.startsWith('docs/guide/instrument-fab.md:');
const standsAlone = ({ code }: Example): boolean => code.startsWith('import ') && !code.includes("from './");
const programs = examples
  .filter(({ language }) => ['ts', 'js'].includes(language))
  .filter((example) => !isOfFabsGuide(example) || standsAlone(example));
const blocks = examples.filter((example) => example.language === 'sh' && !isOfFabsGuide(example));

/** Below the time of a test, which would leave the program running. */
const TIMEOUT_MS = 150_000;
/** A block may open an embedded database five times. */
const BLOCK_TIMEOUT_MS = 240_000;

describe.concurrent('programs', () => {
  test.each(programs)('$place runs and exits as it says', async (example) => {
    await using receiver = await startReceiver();
    using project = createProject();
    const directory = project.path;
    const file = join(directory, `example.${example.language === 'js' ? 'mjs' : 'ts'}`);
    writeFileSync(file, example.code);

    const ended = await runProgram(file, {
      execArgv: surroundings(directory, example),
      cwd: directory,
      env: project.environment(receiver.origin),
      timeoutMs: TIMEOUT_MS,
    });

    expect(ended, ended.stderr).toMatchObject({ code: statedExitCode(example), signal: null, survivors: [] });
    // Examples show what goes well: nothing is refused, spooled or lost. Where the machine is busy, a callback takes long.
    const said = ended.stderr
      .split('\n')
      .filter((line) => !/callbacks?( of observable instruments)? took \d+ ms/.test(line));
    expect(said.join('\n')).not.toContain('ephemetry:');
    if (example.code.includes("from '@ephemetry/")) expect(receiver.malformed).toEqual([]);
    if (mustDeliver(example)) expect(receiver.batches).not.toEqual([]);
  });
});

describe.concurrent('shell blocks', () => {
  test.each(blocks)(
    '$place runs, or names what exists',
    async (block) => {
      await using receiver = await startReceiver();
      using project = createProject();
      await runShellBlock(block, project, project.environment(receiver.origin), statedExitCode(block));
    },
    BLOCK_TIMEOUT_MS,
  );
});

test('the list of commands that are not run holds none that is gone', () => {
  const commands = blocks.flatMap(({ code }) => commandsOf(code));
  const used = new Set(commands.map(notRun));
  expect(NOT_RUN.filter((row) => !used.has(row)).map(({ begins }) => begins)).toEqual([]);
});

test('every block is in a language that is seen to here, and carries no mark', () => {
  // Text and figures have tests of their own, or show what a machine elsewhere says; SQL has those of the analyzer.
  const languages = ['ts', 'js', 'sh', 'diff', 'json', 'yaml', 'promql', 'sql', 'text', ''];
  const odd = examples.filter(({ language, info }) => !languages.includes(language) || info !== '');
  expect(odd.map(({ place, language, info }) => `${place}: ${language} ${info}`)).toEqual([]);
});

test('no command hides in a block of text', () => {
  const begins = /^(\$|npx|ephemetry [a-z]|node |curl |echo |(p?npm|kubectl|docker|aws) )/m;
  // The reference shows what the verbs' help does; those lines have a test of their own beside the verbs.
  const texts = examples.filter(
    ({ language, place }) =>
      ['text', ''].includes(language) && !place.startsWith('docs/reference/command.md'),
  );
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter(({ code }) => begins.test(code)).map(({ place }) => place)).toEqual([]);
});

test.each(examples.filter(({ language }) => language === 'json'))('$place is JSON', ({ code }) => {
  expect(() => JSON.parse(code)).not.toThrow();
});

/** `npx` asks the registry for a name that no folder above has, and runs whatever is published under it. */
test('npx is given the name of our package, unless the page has installed it', () => {
  const bare = pages.filter(({ text }) => /\bnpx ephemetry\b/.test(text));
  const installed = (text: string): boolean => /^npm install (?!.*--global).*@ephemetry\/cli\b/m.test(text);
  expect(bare.filter(({ text }) => !installed(text)).map(({ path }) => path)).toEqual([]);
});

test('there is something to run', () => {
  expect(programs.length).toBeGreaterThan(15);
  expect(blocks.length).toBeGreaterThan(10);
});

/** `// …, exits 3` or `# exits 3`; 0 when it says nothing. */
function statedExitCode({ code }: Example): number {
  return Number(/(?:\/\/|#).*\bexits (\d+)$/m.exec(code)?.[1] ?? 0);
}

/** Measures, whatever happens, with a provider that sends to where the environment says. */
function mustDeliver({ code }: Example): boolean {
  const measures = /^(?! *if \().*\.(add|recordGate|recordSession)\(/m.test(code);
  return measures && code.includes("from '@ephemetry/") && !code.includes("'spool-only'");
}

/** What a reader of the example has around it: fab's own names, or the package that the docstring is part of. */
function surroundings(directory: string, { place, code }: Example): string[] {
  if (place.includes('fab')) {
    copyFileSync(`${ROOT}test/fixtures/fab-surroundings.mjs`, join(directory, 'fab-surroundings.mjs'));
  }
  const owner = /^packages\/([^/]+)\/src\//.exec(place)?.[1];
  const imports = [
    ...(code.includes('openPglite') ? [PREPARED_PGLITE] : []),
    ...(place.includes('fab') ? ['./fab-surroundings.mjs'] : []),
    ...(owner !== undefined && !code.includes('import ') ? [publicNames(directory, owner)] : []),
  ];
  return imports.flatMap((file) => ['--import', file]);
}

function publicNames(directory: string, owner: string): string {
  const source = `import * as names from '@ephemetry/${owner}';\nObject.assign(globalThis, names);\n`;
  writeFileSync(join(directory, 'public-names.mjs'), source);
  return './public-names.mjs';
}
