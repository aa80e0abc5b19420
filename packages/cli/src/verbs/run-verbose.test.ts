import { join } from 'node:path';
import { runUnshared, temporaryDirectory, unsharedUnavailable } from '@ephemetry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

const PROCESS_ONE = /this is process 1, which does not reap .* put tini in front/;

function args(...more: readonly string[]): readonly string[] {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return ['run', '--spool-only', '--spool-dir', join(path, 'spool'), '--name', 'job', ...more, '--', 'true'];
}

it('says with --verbose under which name it counts and where metrics are taken, and nothing without it', async () => {
  expect(await runCommand(args())).toMatchObject({ code: 0, stderr: '' });
  const { code, stdout, stderr } = await runCommand(args('--verbose'));
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(
    /counts for the command job\n.*is taken at http:\/\/127\.0\.0\.1:\d+\/v1\/metrics\n$/s,
  );
});

it.skipIf(unsharedUnavailable() !== undefined)(
  'says with --verbose that it is process 1 without an init',
  async () => {
    const silent = await runUnshared(MAIN, { args: args() });
    expect(silent).toMatchObject({ code: 0, stderr: '' });
    const told = await runUnshared(MAIN, { args: args('--verbose') });
    expect(told).toMatchObject({ code: 0, stderr: expect.stringMatching(PROCESS_ONE) });
  },
);
