/** The five-minute start, step by step: what the page says a reader will see is what there is to see. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Ended, freePorts, runProgram } from '../packages/testing/src/index.ts';
import { examplesOfPage, ROOT } from './documentation.ts';
import { createProject, EPHEMETRY } from './example-project.ts';

const PATH = 'docs/guide/five-minute-start.md';
const SPOOL = '/home/you/.local/state/ephemetry/spool';

test('two runs are two in the table; a third one without a receiver says the line on the page', async () => {
  const project = createProject();
  onTestFinished(() => project[Symbol.dispose]());
  const blocks = examplesOfPage({ path: PATH, text: readFileSync(`${ROOT}${PATH}`, 'utf8') });
  const [program] = blocks.filter(({ language }) => language === 'js');
  const [table, line] = blocks.filter(({ language }) => language === 'text');
  const deploy = join(project.path, 'deploy.mjs');
  writeFileSync(deploy, program?.code ?? '');
  // Not 0: nobody else may have the port when the receiver is gone.
  const [port = 0] = await freePorts(1);
  let url = '';
  const run = (): Promise<Ended> => {
    return runProgram(deploy, { cwd: project.path, env: project.environment(url) });
  };

  const delivered: Ended[] = [];
  let runs: Promise<void> | undefined;
  const received = await runProgram(EPHEMETRY, {
    args: ['receive', '--port', String(port)],
    onStderr: (text, receiver) => {
      url = /listening on (\S+)/.exec(text)?.[1] ?? url;
      if (url === '') return;
      runs ??= (async () => {
        delivered.push(await run(), await run());
      })().finally(() => receiver.kill('SIGINT'));
    },
  });
  await runs;
  const failed = await run();

  expect(delivered).toMatchObject(Array(2).fill({ code: 1, stdout: '', stderr: '' }));
  expect(received.stdout).toContain(table?.code ?? 'no table on the page');
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  const said = failed.stderr
    .replace(join(project.path, 'spool-of-the-test'), SPOOL)
    .replaceAll(`127.0.0.1:${port}/`, 'localhost:4318/')
    .replaceAll(String(port), '4318');
  expect(said).toBe(line?.code);
});

test('the program of the page is the one in examples/deploy', () => {
  const blocks = examplesOfPage({ path: PATH, text: readFileSync(`${ROOT}${PATH}`, 'utf8') });
  const program = blocks.find(({ language }) => language === 'js');
  expect(readFileSync(`${ROOT}examples/deploy/deploy.mjs`, 'utf8')).toBe(program?.code);
});
