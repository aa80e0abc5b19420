import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

const PUSH = `"${process.execPath}" "${MAIN}" push counter pushed_total 1`;

function makeDirectory(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

describe('ephemetry push under ephemetry run', () => {
  it('goes into the spool that the wrapper was given, wherever the command goes', async () => {
    const directory = makeDirectory();
    mkdirSync(join(directory, 'elsewhere'));
    const own = ['run', '--spool-dir', 'spool', '--spool-only', '--name', 'job', '--'];
    const ended = await runCommand([...own, 'sh', '-c', `cd elsewhere && ${PUSH}`], {
      cwd: directory,
      env: { HOME: directory },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    await using receiver = await startReceiver();
    await runCommand(['drain', '--spool-dir', join(directory, 'spool'), '--endpoint', receiver.url]);
    expect(receiver.totals().counters).toMatchObject({
      command_runs_total: { 'command=job,outcome=success': 1 },
      pushed_total: { '': 1 },
    });
  });
});
