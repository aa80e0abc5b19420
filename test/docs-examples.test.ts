/** Every example that a reader may copy runs as it stands: as a real process, against a real receiver. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type Receiver,
  runProgram,
  startReceiver,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../packages/testing/src/index.ts';
import { type Example, examplesOfPage, ROOT, readDocstringExamples, readPages } from './documentation.ts';

/** Blocks of commands that are marked `no-run`, by their first line, with the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npx -y pnpm@12 demo   # sets up, kills programs in every way, and shows that nothing was lost':
    'installs, builds and runs this very suite',
  'npm install @ephemetry/exporter @ephemetry/cli @opentelemetry/api': 'needs a registry',
  'ephemetry receive                  # a receiver on port 4318, with a live table':
    'runs until a signal; the tests of the command cover it',
  'ephemetry metrics                          # every rate now':
    'needs the database of an orchestrator; the tests of the command cover it',
  'npx ephemetry receive': 'runs until a signal; the tests of the command cover it',
};

/** Docstrings whose examples are no programs, with the reason. */
const NOT_PROGRAMS: Readonly<Record<string, string>> = {
  'packages/testing/src/': 'private to this repository; each example is one line of a test and stands in one',
  'packages/cli/src/': 'a command, not a library: a program cannot import what its sources export',
};

const examples = [...readPages().flatMap(examplesOfPage), ...readDocstringExamples()];
const programs = examples.filter(
  ({ language, place }) =>
    ['ts', 'js'].includes(language) && !Object.keys(NOT_PROGRAMS).some((prefix) => place.startsWith(prefix)),
);
/** Other commands than our own (`pnpm demo`, `node deploy.mjs`) have tests of their own. */
const commands = examples.filter(
  ({ language, info, code }) => language === 'sh' && info === '' && /^(npx )?ephemetry /m.test(code),
);

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
      env: environment(directory, receiver),
    });

    expect(ended).toMatchObject({ code: statedExitCode(example), signal: null, survivors: [] });
    // Examples show what goes well: nothing is refused, spooled or lost.
    expect(ended.stderr).not.toContain('ephemetry:');
    if (example.code.includes("from '@ephemetry/")) expect(receiver.malformed).toEqual([]);
    if (mustDeliver(example)) expect(receiver.batches).not.toEqual([]);
  });
});

describe.concurrent('commands', () => {
  test.each(commands)('$place runs and exits as it says', async (example) => {
    await using receiver = await startReceiver();
    using project = createProject();
    const directory = project.path;
    const path = `${commandDirectory(directory)}:${process.env.PATH}`;

    const run = promisify(execFile)('sh', ['-e', '-c', example.code], {
      cwd: directory,
      env: { ...environment(directory, receiver), HOME: directory, PATH: path },
      timeout: 50_000,
    });

    const code = await run.then(
      () => 0,
      (error: { code?: unknown; stderr?: unknown }) => error.code ?? String(error.stderr),
    );
    expect(code).toBe(statedExitCode(example));
  });
});

test('a block that is not run is in the list with its reason, and the list holds no other', () => {
  const marked = examples.filter(({ info }) => info === 'no-run').map(({ code }) => code.split('\n')[0]);
  expect([...new Set(marked)].sort()).toEqual(Object.keys(NOT_RUN).sort());
  for (const { info, place } of examples) expect(['', 'no-run'], place).toContain(info);
});

test('there is something to run', () => {
  expect(programs.length).toBeGreaterThan(15);
  expect(commands.length).toBeGreaterThan(1);
});

/** `// …, exits 3` or `# exits 3`; 0 when it says nothing. */
function statedExitCode({ code }: Example): number {
  return Number(/(?:\/\/|#).*\bexits (\d+)$/m.exec(code)?.[1] ?? 0);
}

/** Measures with a provider that sends to where the environment says. */
function mustDeliver({ code }: Example): boolean {
  const measures = /\.(add|recordGate|recordSession)\(/.test(code);
  return measures && code.includes("from '@ephemetry/") && !code.includes("'spool-only'");
}

/** A directory in which the packages resolve, as in a reader's project. */
function createProject(): TemporaryDirectory {
  const project = temporaryDirectory();
  const modules = join(project.path, 'node_modules');
  mkdirSync(join(modules, '@ephemetry'), { recursive: true });
  for (const name of readdirSync(`${ROOT}packages`)) {
    symlinkSync(`${ROOT}packages/${name}`, join(modules, '@ephemetry', name));
  }
  symlinkSync(`${ROOT}bench/node_modules/@opentelemetry`, join(modules, '@opentelemetry'));
  return project;
}

function environment(directory: string, receiver: Receiver): Record<string, string> {
  return {
    EPHEMETRY_SPOOL_DIR: join(directory, 'spool-of-the-test'),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
    // All goes well, also on a busy machine.
    EPHEMETRY_EXIT_BUDGET_MS: '10000',
  };
}

/** What a reader of the example has around it: fab's own names, or the package that the docstring is part of. */
function surroundings(directory: string, { place, code }: Example): string[] {
  if (place.includes('fab')) {
    copyFileSync(`${ROOT}test/fixtures/fab-surroundings.mjs`, join(directory, 'fab-surroundings.mjs'));
  }
  const owner = /^packages\/([^/]+)\/src\//.exec(place)?.[1];
  const imports = [
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

/** A directory for PATH with the built command, and an `npx` that fetches nothing. */
function commandDirectory(directory: string): string {
  const path = join(directory, 'bin');
  mkdirSync(path);
  const scripts = {
    ephemetry: `exec "${process.execPath}" "${ROOT}packages/cli/dist/main.js" "$@"`,
    npx: 'exec "$@"',
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}
