/** Six hours of five commands: four that end well, and a backup that is killed each time from the fourth hour on. */
import { COMMAND_METRICS } from '@ephemetry/contract';
import { createRandom } from '../support/random.ts';
import type { Gauge, Growth } from './history.ts';

const MIB = 2 ** 20;

interface Command {
  readonly name: string;
  readonly everySeconds: number;
  /** What a run takes about: half of it to one and a half. */
  readonly seconds: number;
  readonly memoryBytes: number;
  /** Seconds of processor time for each second. */
  readonly cores: number;
  /** How many of its runs end with exit code 1. */
  readonly failing: number;
  /** From here on each run is killed. @default never */
  readonly killedFromSeconds?: number;
}

const COMMANDS: readonly Command[] = [
  {
    name: 'backup',
    everySeconds: 1800,
    seconds: 200,
    memoryBytes: 700 * MIB,
    cores: 0.4,
    failing: 0,
    killedFromSeconds: 12_600,
  },
  { name: 'build', everySeconds: 1300, seconds: 90, memoryBytes: 400 * MIB, cores: 1.8, failing: 0.1 },
  { name: 'fetch-mail', everySeconds: 300, seconds: 3, memoryBytes: 40 * MIB, cores: 0.2, failing: 0.03 },
  { name: 'import-prices', everySeconds: 900, seconds: 25, memoryBytes: 120 * MIB, cores: 0.6, failing: 0 },
  { name: 'test', everySeconds: 1300, seconds: 180, memoryBytes: 300 * MIB, cores: 1.4, failing: 0.25 },
];

interface Run {
  readonly command: Command;
  readonly endSeconds: number;
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly exitCode: number;
}

/** What the runs counted. */
export function commandGrowth(lengthSeconds: number): readonly Growth[] {
  return runsWithin(lengthSeconds).flatMap(growthOf);
}

/** How and when each command ended last. */
export function commandGauges(lengthSeconds: number, startUnixSeconds: number): readonly Gauge[] {
  const all = runsWithin(lengthSeconds);
  return COMMANDS.flatMap((command): readonly Gauge[] => {
    const runs = all.filter((run) => run.command === command);
    const last = (atSeconds: number): Run | undefined => runs.findLast((run) => run.endSeconds < atSeconds);
    const lastSuccess = (atSeconds: number): Run | undefined =>
      runs.findLast((run) => run.endSeconds < atSeconds && run.exitCode === 0);
    const unixSeconds = (run: Run | undefined): number | undefined =>
      run === undefined ? undefined : startUnixSeconds + run.endSeconds;
    const labels = { command: command.name };
    return [
      [COMMAND_METRICS.lastExitCode.name, labels, (at) => last(at)?.exitCode],
      [COMMAND_METRICS.lastRun.name, labels, (at) => unixSeconds(last(at))],
      [COMMAND_METRICS.lastSuccess.name, labels, (at) => unixSeconds(lastSuccess(at))],
    ];
  });
}

/** In the order of their ends. The same runs each time. */
function runsWithin(lengthSeconds: number): readonly Run[] {
  const random = createRandom(60);
  return COMMANDS.flatMap((command) => {
    const runs: Run[] = [];
    for (let start = random() * command.everySeconds; start < lengthSeconds; start += command.everySeconds) {
      const isKilled = start >= (command.killedFromSeconds ?? Number.POSITIVE_INFINITY);
      const seconds = command.seconds * (0.5 + random());
      runs.push({
        command,
        endSeconds: start + seconds,
        seconds,
        // What is killed for its memory had grown.
        memoryBytes: command.memoryBytes * (isKilled ? 4 : 0.8 + random() * 0.4),
        exitCode: isKilled ? 137 : random() < command.failing ? 1 : 0,
      });
    }
    return runs.filter(({ endSeconds }) => endSeconds < lengthSeconds);
  });
}

function growthOf({ command, endSeconds, seconds, memoryBytes, exitCode }: Run): readonly Growth[] {
  const labels = { command: command.name };
  const growth = (name: string, by: number, more: Readonly<Record<string, string>> = {}): Growth => ({
    name,
    labels: { ...labels, ...more },
    atSeconds: endSeconds,
    by,
  });
  const outcome = exitCode === 0 ? 'success' : exitCode > 128 ? 'signal' : 'failure';
  const histogram = (
    { name, bounds }: { readonly name: string; readonly bounds: readonly number[] },
    value: number,
  ): readonly Growth[] => [
    ...bounds.map((le) => growth(`${name}_bucket`, value <= le ? 1 : 0, { le: String(le) })),
    growth(`${name}_bucket`, 1, { le: '+Inf' }),
    growth(`${name}_count`, 1),
  ];
  return [
    growth(COMMAND_METRICS.runs.name, 1, { outcome }),
    growth(COMMAND_METRICS.cpu.name, seconds * command.cores * 0.9, { mode: 'user' }),
    growth(COMMAND_METRICS.cpu.name, seconds * command.cores * 0.1, { mode: 'system' }),
    ...histogram(COMMAND_METRICS.duration, seconds),
    ...histogram(COMMAND_METRICS.memoryPeak, memoryBytes),
  ];
}
