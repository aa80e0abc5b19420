/** A real link between two network namespaces is cut: that is nobody's fault but ours. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'fixtures/probe-over-link.ts');

/** Why this machine cannot make such a link; nothing when it can. */
function unavailable(): string | undefined {
  const script = 'ip link add near type veth peer name far && ip link set near up';
  const tried = spawnSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8', timeout: 10_000 });
  if (tried.error !== undefined) return tried.error.message;
  return tried.status === 0 ? undefined : tried.stderr.trim();
}

const reason = unavailable();
const EVERYBODY = ['one', 'two', 'tcp', 'command', 'alone'];

test.skipIf(reason !== undefined)(
  `a cut link turns every target unreachable and none down, a stopped service turns that one down${reason === undefined ? '' : ` (no namespace with a link here: ${reason})`}`,
  () => {
    const happenings = ['nothing', 'stop', 'cut', 'mend', 'unplug', 'plug'];
    const run = spawnSync('unshare', ['--net', process.execPath, PROGRAM, ...happenings], {
      encoding: 'utf8',
      timeout: 120_000,
    });
    expect(run.stderr).toBe('');
    const rounds = run.stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const everybody = (state: string): object =>
      Object.fromEntries(EVERYBODY.map((target) => [target, state]));
    const oneDown = { ...everybody('up'), one: 'down', isolated: false };
    expect(rounds).toEqual([
      { happening: 'nothing', isolated: false, ...everybody('up') },
      { happening: 'stop', ...oneDown },
      { happening: 'cut', isolated: true, ...everybody('unreachable') },
      { happening: 'mend', ...oneDown },
      { happening: 'unplug', isolated: true, ...everybody('unreachable') },
      { happening: 'plug', ...oneDown },
    ]);
  },
);
