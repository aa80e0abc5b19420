import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

const RUN_UNLABELLED = fileURLToPath(new URL('../fixtures/run-unlabelled.ts', import.meta.url));
/** A busy machine is no reason to leave anything for later. */
const PATIENT = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };

function makeSpool(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return join(directory.path, 'spool');
}

describe('ephemetry run that keeps nothing of its end', () => {
  it.each([
    ['--require-delivery', 'true', 75],
    ['--require-delivery', 'exit 9', 9],
    ['--name=job', 'true', 0],
  ])('says that a run counts as unknown when the disk refuses its end (%s, %s)', async (flag, last, code) => {
    const spool = makeSpool();
    await using receiver = await startReceiver();
    // What takes the place of the mark is written beside it first, where now a folder is.
    const refuse = `for m in ${spool}/*.mark; do n=\${m##*/}; mkdir "$m.\${n%%.*}.tmp"; done`;
    const own = ['run', '--spool-dir', spool, '--endpoint', receiver.url, flag, '--'];
    const ended = await runCommand([...own, 'sh', '-c', `${refuse}; ${last}`], { env: PATIENT });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(
      /^ephemetry: the spool .* cannot be used \(EEXIST.*\): this run counts as unknown\n$/,
    );
    await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
    const name = flag === '--name=job' ? 'job' : 'sh';
    expect(receiver.totals().counters['command_runs_total']).toEqual({
      [`command=${name},outcome=unknown`]: 1,
    });
  });

  it('exits with 75 for --require-delivery when nothing could be measured', async () => {
    const spool = makeSpool();
    expect(await runProgram(RUN_UNLABELLED, { args: [spool, 'true'] })).toMatchObject({
      code: 75,
      stderr: 'nothing is measured: no label\n',
    });
    expect(await runProgram(RUN_UNLABELLED, { args: [spool, 'sh', '-c', 'exit 9'] })).toMatchObject({
      code: 9,
    });
  });

  it('says that what the command measures is not kept when its own files were replaced meanwhile', async () => {
    const spool = makeSpool();
    const installed = join(dirname(spool), 'installed');
    cpSync(dirname(MAIN), installed, { recursive: true, filter: (path) => !path.endsWith('.map') });
    writeFileSync(join(installed, 'package.json'), '{"type": "module"}');
    // What an upgrade does while a long command runs.
    const script = `fs.rmSync(process.argv[1], { recursive: true });
      const url = process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT;
      fetch(url, { method: 'POST', body: '{}' }).catch(() => process.exit(9));`;
    const command = [process.execPath, '-e', script, installed];
    const args = ['run', '--spool-dir', spool, '--spool-only', '--name', 'job', '--', ...command];
    const ended = await runProgram(join(installed, 'main.js'), { args });
    expect(ended).toMatchObject({ code: 9, stdout: '' });
    expect(ended.stderr).toMatch(/^ephemetry: what the command measures is not kept: [^\n]*\n$/);
    await using receiver = await startReceiver();
    await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
    expect(receiver.totals().counters['command_runs_total']).toEqual({
      'command=job,outcome=failure': 1,
    });
  });
});
