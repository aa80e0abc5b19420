import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBatches, temporaryDirectory } from '@ephemetry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';

/** What a Collector that tails the spool has read by then: lines of *.jsonl, each once however its file is called. */
function tailed(spool: string, lines: Set<string>): void {
  for (const name of readdirSync(spool).filter((each) => each.endsWith('.jsonl')))
    for (const line of readFileSync(join(spool, name), 'utf8').split('\n').slice(0, -1)) lines.add(line);
}

it('counts a run once for a Collector that tails the spool while the command runs', async () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spool = join(path, 'spool');
  const lines = new Set<string>();
  const own = ['run', '--spool-dir', spool, '--spool-only', '--name', 'job', '--'];
  const script = `echo runs; while [ ! -e ${path}/go ]; do sleep 0.05; done`;
  const ended = await runCommand([...own, 'sh', '-c', script], {
    onStdout: () => {
      tailed(spool, lines);
      writeFileSync(join(path, 'go'), '');
    },
  });
  expect(ended.code).toBe(0);
  tailed(spool, lines);
  const points = [...lines].flatMap((line) => parseBatches(line).flatMap((batch) => batch.points));
  const runs = points.filter(({ metric }) => metric === 'command_runs_total');
  expect(runs.map(({ labels }) => labels)).toEqual(['command=job,outcome=success']);
});
