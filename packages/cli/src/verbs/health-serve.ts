/** `ephemetry health serve`: probes round after round, for a Prometheus that scrapes. */
import { HEALTH_FAMILY } from '@ephemetry/contract';
import { createHealthRecorder, type Overrun, type RoundReport, watchHealth } from '@ephemetry/health';
import type { FamilySnapshot } from '@ephemetry/receiver';
import { defineVerb } from '../command-line/define-verb.ts';
import { optional } from '../command-line/option.ts';
import { text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { ROUND_JSON, roundJson } from '../health/health-json.ts';
import { changeLines, stateOf, summaryOf } from '../health/health-lines.ts';
import { HEALTH_OPTIONS, type HealthValues, type Probing, probingOrTold } from '../health/health-options.ts';
import { keepSmall } from '../serve/keep-small.ts';
import { FORGETFUL, openTotals, type TotalsStore } from '../serve/kept-totals.ts';
import { createScrapeMeter } from '../serve/scrape-meter.ts';
import { durationMs } from '../serve/serve-options.ts';
import { intervalOption, listenOption, servePage } from '../serve/serve-page.ts';
import { settleSoon } from '../serve/settle-soon.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

export const verb: Verb = defineVerb({
  name: 'health serve',
  summary: 'Probe the services that ephemetry.yaml declares, round after round, and serve the metrics.',
  help: `Serves GET /metrics for Prometheus and GET /healthz, until a signal. All targets are probed at each interval, counted from the start. A round that takes longer than the interval is said, and the rounds that were due meanwhile are left out.

Prints a line when a target changes its state. With --state, counters go on where the last run ended; a total is kept before it is shown, so it never goes back. While it cannot be kept, that is said, and the counters stand still; states are shown all the same. With --only, the counters of the other targets stay as they are.

A --vantage that the file does not declare is one of 64 names that are remembered in the spool: the next one is recorded as unknown.`,
  examples: [
    'ephemetry health serve',
    'ephemetry health serve --listen 127.0.0.1:9102 --interval 15s --state ./health-state',
    'curl -s http://127.0.0.1:9102/metrics',
  ],
  exits: {
    done: 'ended by SIGINT or SIGTERM',
    failed: 'the file is wrong, cannot listen, or --state cannot be used',
  },
  options: {
    ...HEALTH_OPTIONS,
    listen: listenOption('127.0.0.1:9102'),
    interval: intervalOption('round', '15s'),
    state: optional(
      'place',
      'directory that keeps the counters, sqlite:FILE or postgres://…',
      text,
      'counters begin at 0',
    ),
  },
  json: ROUND_JSON,
  run: serveHealth,
});

interface Values extends HealthValues {
  readonly listen: string;
  readonly interval: string;
  readonly state: string | undefined;
}

async function serveHealth(values: Values, output: Output): Promise<ExitCode> {
  keepSmall();
  const probing = probingOrTold(values, process.env, output, { isRecorded: true });
  if (probing === undefined) return EXIT_CODE.failed;
  const store =
    values.state === undefined
      ? FORGETFUL
      : await openTotals(values.state, HEALTH_FAMILY.name, probing.vantage);
  if (!('save' in store)) {
    output.printError(`${store.message}\n`);
    return EXIT_CODE.failed;
  }
  // Until here a signal ends the process at once, also while the place does not answer.
  using stop = listenForStop(output.readerGone);
  try {
    return await serveRounds(values, probing, store, stop.signal, output);
  } finally {
    await store.close();
  }
}

async function serveRounds(
  values: Values,
  probing: Probing,
  store: TotalsStore,
  stop: AbortSignal,
  output: Output,
): Promise<ExitCode> {
  const intervalMs = durationMs(values.interval);
  const served = new ServedRounds(values, probing, store, stop, output);
  const page = {
    families: () => served.families,
    problem: () => served.problem(performance.now(), intervalMs),
  };
  return await servePage(values.listen, page, output, (url) => {
    output.printError(
      `${url}/metrics shows ${probing.targets.length} targets, probed every ${values.interval}\n`,
    );
    if (store === FORGETFUL) output.printError('counters begin at 0: --state keeps them\n');
    return watchHealth({
      ...probing,
      intervalMs,
      stop,
      onRound: (report) => served.take(report),
      onOverrun: (overrun) => output.printError(`${overrunLine(overrun, values.interval)}\n`),
    });
  });
}

/** What the page shows: the counters that were kept last, and what the last round found. */
class ServedRounds {
  families: readonly FamilySnapshot[];
  readonly #values: Values;
  readonly #vantage: string;
  readonly #store: TotalsStore;
  readonly #stop: AbortSignal;
  readonly #output: Output;
  readonly #scraped: ReturnType<typeof createScrapeMeter>;
  readonly #recorder: ReturnType<typeof createHealthRecorder>;
  #states: ReadonlyMap<string, string> = new Map();
  #latestMs = performance.now();

  constructor(
    values: Values,
    { vantage, declared }: Probing,
    store: TotalsStore,
    stop: AbortSignal,
    output: Output,
  ) {
    this.#values = values;
    this.#vantage = vantage;
    this.#store = store;
    this.#stop = stop;
    this.#output = output;
    const names = new Set(declared.map((target) => `${target.name} ${target.class}`));
    this.#scraped = createScrapeMeter(store.kept, (labels) =>
      names.has(`${labels['target']} ${labels['class']}`),
    );
    this.#recorder = createHealthRecorder(this.#scraped.meter, vantage);
    this.families = this.#scraped.families();
  }

  /**
   * Keeps the totals before they are shown: a scrape must never see more than the next run goes on from. Those that cannot be
   * kept are shown with the next ones that can.
   */
  async take(report: RoundReport): Promise<void> {
    this.#recorder.record(report);
    const problem = await this.#save();
    if (problem !== undefined)
      this.#output.printError(`the counters of this round were not kept: ${problem}\n`);
    const families = this.#scraped.families();
    this.families =
      problem === undefined
        ? families
        : [
            ...this.families.filter(({ type }) => type !== 'gauge'),
            ...families.filter(({ type }) => type === 'gauge'),
          ].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#latestMs = performance.now();
    this.#tell(report);
  }

  /** Why the totals were not kept. */
  #save(): Promise<string | undefined> {
    const saved = this.#store.save(this.#scraped.totals()).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return settleSoon(saved, this.#stop, 'a signal came before their place answered');
  }

  /** Why the page is not to be trusted. */
  problem(nowMs: number, intervalMs: number): string | undefined {
    const ageSeconds = Math.round((nowMs - this.#latestMs) / 1000);
    if (nowMs - this.#latestMs <= 4 * intervalMs + 60_000) return undefined;
    return `no round was completed for ${ageSeconds} s`;
  }

  #tell(report: RoundReport): void {
    const isFirst = this.#states.size === 0;
    if (this.#values.json) this.#output.printJson(roundJson(report, this.#vantage, Date.now()));
    else {
      if (isFirst) this.#output.print(`${summaryOf(report.targets)}\n`);
      this.#output.printLines(changeLines(report, this.#states));
    }
    this.#states = new Map(report.targets.map((reading) => [reading.target.name, stateOf(reading)]));
  }
}

function overrunLine({ tookMs, missedRounds }: Overrun, interval: string): string {
  const left = missedRounds === 1 ? '1 round was' : `${missedRounds} rounds were`;
  return `a round took ${(tookMs / 1000).toFixed(1)} s, longer than the interval of ${interval}: ${left} left out`;
}
