/** Commands are real processes, and none of them stays behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { probe, targetOf } from '../fixtures/targets.ts';
import type { CommandProbe, Target } from '../target.ts';

function shell(script: string, given: Partial<CommandProbe> = {}, timeoutMs = 20_000): Target {
  return targetOf({ kind: 'command', command: ['sh', '-c', script], ...given }, { timeoutMs });
}

test.each([
  ['ends with 0', 'exit 0', { kind: 'answered' }],
  ['ends with 3', 'exit 3', { kind: 'command_failed', reason: 'the command ended with exit code 3' }],
  ['is killed', 'kill -TERM $$', { kind: 'command_failed', reason: 'the command ended by SIGTERM' }],
])('one that %s', async (_name, script, finding) => {
  expect((await probe(shell(script))).finding).toEqual(finding);
});

test('one that is not there says nothing of the target', async () => {
  const { finding } = await probe(targetOf({ kind: 'command', command: ['/no/such/program'] }));
  expect(finding).toEqual({ kind: 'unmeasured', reason: 'the command cannot be started (ENOENT)' });
});

test('endless output is thrown away', async () => {
  const before = process.memoryUsage.rss();
  const { finding } = await probe(shell('yes needle', {}, 500));
  expect(finding.kind).toBe('command_failed');
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
});

test.each([
  ['at the deadline', 'sleep 600', 'command_failed'],
  ['when it has ended', 'exit 0', 'answered'],
])('what it started ends with it %s', async (_name, end, kind) => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const pidFile = join(path, 'pid');
  const { finding } = await probe(
    shell(`sleep 600 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; ${end}`, {}, 2_000),
  );
  expect(finding.kind).toBe(kind);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await waitFor(() => isGone(pid), { what: 'the end of what the command started' });
});

test('only named variables reach it', async () => {
  const script = 'test "$TOKEN" = needle && test -z "$OTHER"';
  const target = shell(script, { environment: { TOKEN: { kind: 'environment', name: 'MY_TOKEN' } } });
  const env = { PATH: process.env['PATH'], MY_TOKEN: 'needle', OTHER: 'x' };
  expect((await probe(target, { env })).finding.kind).toBe('answered');
  const without = await probe(target, { env: { PATH: process.env['PATH'] } });
  expect(without.finding).toEqual({ kind: 'unmeasured', reason: 'the variable MY_TOKEN is not set' });
});

/** Of a zombie nothing runs any more. */
function isGone(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return !existsSync(path) || / Z /.test(readFileSync(path, 'utf8'));
}
