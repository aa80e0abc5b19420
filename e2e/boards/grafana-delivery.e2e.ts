import { execFileSync } from 'node:child_process';
import { GATEWAY_METRICS, type ObservedMetric } from '@ephemetry/contract';
import { fabObservability, type PanelDefinition } from '@ephemetry/grafana';
import { freePorts, queryPrometheus, querySamples, waitFor } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { startLossyLink } from '../support/lossy-link.ts';
import { post } from '../support/post.ts';
import { CREDENTIALS, type Stack, type StackOptions, startStack } from '../support/stack.ts';
import { stretchTime } from '../support/stretched-time.ts';
import { ALERTS, alertDifferences, type Situation } from './grafana-alert-truth.ts';
import { answerDifferences, answersOf, EVERYTHING, type Variables } from './grafana-answers.ts';
import { CATALOGUE, DELIVERY_TRUTH, type Deliveries, KNOWN, pointsOf } from './grafana-delivery-truth.ts';
import { momentOf, newestMoment, settledMoment } from './grafana-moment.ts';
import { unnoticedMutants } from './grafana-mutants.ts';
import { populationOf } from './grafana-panel-truth.ts';
import { type PlannedFabRun, planFabRuns, SINGLE_RUN } from './grafana-population.ts';
import { oldSeries, REFUSED_BATCHES, unknownSeries } from './grafana-refused-batches.ts';
import { runFab } from './grafana-runs.ts';

const { dashboards } = fabObservability();
const delivery = (dashboards.find(({ uid }) => uid === 'fab-delivery')?.rows ?? []).flatMap(
  ({ panels }) => panels,
);

test('every panel has a truth to be compared with', () => {
  expect(delivery.map(({ title }) => title).sort()).toEqual(Object.keys(DELIVERY_TRUTH).sort());
});

/** Everything before the test sent anything. */
const NOTHING = {
  lost: {},
  late: 0,
  inDoubt: 0,
  partial: 0,
  full: 0,
  duplicates: 0,
  overLimit: 0,
  refused: {},
} as const;

/** One line for each series of these panels that is not as the deliveries say. */
type Look = (panels: readonly PanelDefinition[], variables?: Variables) => Promise<readonly string[]>;

/** A stack, and what can only be known of it while it runs. */
interface Observed {
  readonly stack: Stack;
  /** Looks at the board, and again at the same moment. */
  look(known: Known): Promise<Look>;
}

/** With `queued`, the queue never gets empty; without it, everything is merged first. */
type Known = Omit<Deliveries, 'forwarded' | 'givenUp' | 'uptime' | 'memory' | 'queued'> &
  Partial<Pick<Deliveries, 'queued'>>;

const AMP = /^prometheus_remote_write.amp$/;
const GIVEN_UP = 'otelcol_exporter_send_failed_metric_points';

async function startObserved(test: TestContext, options: StackOptions = {}): Promise<Observed> {
  const startedAfter = Date.now() / 1_000;
  const stack = await startStack(test, options);
  const startedBefore = Date.now() / 1_000;
  const ownSum = async (name: string): Promise<number> => sumOf(await stack.gateway.ownMetrics(), name, AMP);
  const forwarded = (): Promise<number> => ownSum('otelcol_exporter_sent_metric_points');
  const look: Observed['look'] = async (known) => {
    const [from, givenUp] = [await forwarded(), await ownSum(GIVEN_UP)];
    const moment = known.queued === undefined ? await settledMoment(stack) : await newestMoment(stack);
    const residentBytes = residentBytesOf(stack.gateway.service.pid);
    const deliveries: Deliveries = {
      queued: { points: 0, filled: 0 },
      ...known,
      forwarded: { from, to: await forwarded() },
      givenUp: givenUp === 0 ? undefined : { from: givenUp, to: await ownSum(GIVEN_UP) },
      // A scrape takes its time.
      uptime: { from: moment.own - startedBefore, to: moment.own - startedAfter + 1 },
      memory: { from: residentBytes / 2, to: residentBytes * 2 },
    };
    return async (panels, variables = EVERYTHING) => {
      const lines = panels.map(async (panel) => {
        const answers = await answersOf(stack.prometheus.url, panel, variables, momentOf(moment));
        const truth = variables.cluster === OTHER ? {} : DELIVERY_TRUTH[panel.title]?.(deliveries);
        return answerDifferences(panel.title, answers, truth ?? {});
      });
      return (await Promise.all(lines)).flat();
    };
  };
  return { stack, look };
}

/** A cluster that has no gateway. */
const OTHER = 'other';

function residentBytesOf(pid: number): number {
  return 1_024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}

function pointsOfAll(bodies: readonly string[]): number {
  return bodies.reduce((sum, body) => sum + pointsOf(body), 0);
}

async function postEach(endpoint: string, bodies: readonly string[], status: number): Promise<void> {
  for (const body of bodies) expect((await post(endpoint, body)).status).toBe(status);
}

const REPORTS: PlannedFabRun = {
  sessions: [],
  gates: [],
  delivery: [
    { metric: 'lostBatches', labels: { reason: 'rejected' }, value: 2 },
    { metric: 'lostBatches', labels: { reason: 'expired' }, value: 3 },
    { metric: 'drainedBatches', labels: {}, value: 5 },
    { metric: 'inDoubtBatches', labels: {}, value: 4 },
    { metric: 'refusedPoints', labels: {}, value: 7 },
  ],
  ending: 'exit',
};
/** No gate approves: the last part of the test is about that. */
const RUNS = planFabRuns(16, {
  seed: 4,
  failShare: 0.1,
  mostEvaluations: 2,
  decisions: ['revise', 'reject'],
});

test('the board says what was sent, repeated, refused, lost, late and given up', async (t) => {
  const { stack, look } = await startObserved(t, { env: KNOWN });
  expect.soft(await (await look(NOTHING))(delivery), 'nothing').toEqual([]);

  const link = await startLossyLink(stack.gateway.endpoint, 0, 3);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  const { endpoint } = link;
  const firstRunAt = Date.now() / 1_000;
  const runs = [SINGLE_RUN, ...RUNS];
  await runFab({ runs: [...runs, REPORTS], endpoint, directory: stack.directory });
  const repeated = link.bodies.filter((_, index) => index % 10 === 0);
  await postEach(endpoint, repeated, 200);
  await postEach(endpoint, [...REFUSED_BATCHES.map(({ body }) => body), oldSeries('surplus', 8)], 200);
  await stack.settled();
  await refuseCredentials(stack);

  const refused = Object.fromEntries(
    REFUSED_BATCHES.map(({ reason, service, points }) => [`${reason} ${service}`, points]),
  );
  const lost = { rejected: 2, expired: 3 };
  const known = {
    ...{ lost, late: 5, inDoubt: 4, partial: 7, refused, overLimit: 8, full: 0, restamped: ['unknown'] },
    accepted: pointsOfAll(link.bodies),
    duplicates: pointsOfAll(repeated),
  };
  const differences = await look(known);
  expect.soft(await differences(delivery), 'everything').toEqual([]);
  const full = panelsOf(FULL_QUEUE_TITLES);
  const others = delivery.filter((panel) => !full.includes(panel));
  expect.soft(await unnoticed(others, differences), 'mistakes').toEqual([]);
  const situation = { ...populationOf(runs), lost, refused: { ...refused, 'series limit': 8 } };
  expect
    .soft(await alertDifferences(stack.prometheus.url, await settledMoment(stack), situation), 'alerts')
    .toEqual([]);
  expect.soft(await undeclared(stack)).toEqual([]);
  await stalls(t, stack, { endpoint, firstRunAt, runs });
});

/** What the contract says of the gateway's own metrics, and this gateway does not show. */
async function undeclared({ prometheus }: Stack): Promise<readonly string[]> {
  const metrics: readonly ObservedMetric[] = Object.values(GATEWAY_METRICS);
  const missing = metrics.map(async ({ name, labels }) => {
    const samples = await queryPrometheus(prometheus.url, name);
    const shown = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    return ['__name__', ...labels].filter((label) => !shown.has(label)).map((label) => `${name} ${label}`);
  });
  return (await Promise.all(missing)).flat();
}

/** As AMP does when a role is taken away, until something was given up. */
async function refuseCredentials({ amp, gateway }: Stack): Promise<void> {
  const accessKeyId = CREDENTIALS.accessKeyId;
  amp.trust({ accessKeyId, secretAccessKey: 'another-secret' });
  const isGivenUp = async (): Promise<boolean> => sumOf(await gateway.ownMetrics(), GIVEN_UP) > 0;
  await waitFor(isGivenUp, { what: 'points to be given up', deadlineMs: 30_000 });
  amp.trust(CREDENTIALS);
}

/**
 * None of the gates of these runs approved, but a stall takes hours: the same samples, so far apart that one more run
 * comes more than four hours after the first ones.
 */
async function stalls(
  t: TestContext,
  stack: Stack,
  { endpoint, firstRunAt, runs }: { endpoint: string; firstRunAt: number; runs: readonly PlannedFabRun[] },
): Promise<void> {
  const lastRunAt = Date.now() / 1_000;
  await runFab({ runs: [SINGLE_RUN], endpoint, directory: stack.directory });
  await settledMoment(stack);
  const { url } = stack.prometheus;
  const factor = (4.5 * 3_600) / (lastRunAt - firstRunAt);
  const selector = '{__name__=~"fab_(revisions|merge_gate_.+)_total"}';
  const stretched = await stretchTime(url, selector, { factor, directory: stack.directory });
  t.onTestFinished(() => stretched.service.stop());
  const expr = ALERTS.find(({ uid }) => uid === 'fab-merge-gate-stall')?.expr ?? '';
  const stalledAt = async (scrapedAt: number): Promise<readonly number[]> => {
    // Their times are rounded to milliseconds.
    const samples = await queryPrometheus(stretched.url, expr, stretched.at(scrapedAt) + 0.001);
    return samples.map(({ value }) => Math.round(1_000 * value) / 1_000);
  };
  const [scrapes] = await querySamples(url, 'up{job="ephemetry-totals"}[1h]');
  const times = (scrapes?.samples ?? []).map(([seconds]) => seconds);
  const before = await Promise.all(times.filter((time) => time < lastRunAt).map(stalledAt));
  expect.soft(before.flat(), 'hours without a run').toEqual([]);
  const after = await Promise.all(times.filter((time) => time >= lastRunAt).map(stalledAt));
  const { sessions } = populationOf([...runs, SINGLE_RUN]);
  const revisions = sessions.reduce((sum, session) => sum + session.revisions, 0);
  expect.soft([...new Set(after.flat())], 'revisions after hours').toEqual([revisions]);
}

/** What only a full queue makes different from 0. */
const FULL_QUEUE_TITLES = ['Points accepted and turned away', 'Queues, filled'];

test('a full queue shows as refused points, and not as given up', async (t) => {
  const [closed = 0] = await freePorts(1);
  // Nobody listens behind the queue, so that it only grows.
  const env = { GATEWAY_QUEUE_BYTES: '600000', GATEWAY_LOOPBACK_URL: `http://127.0.0.1:${closed}` };
  const { stack, look } = await startObserved(t, { env });
  await postEach(stack.gateway.endpoint, [unknownSeries('first', 300, 400)], 200);
  await newestMoment(stack);
  const first = await newestMoment(stack);
  await postEach(stack.gateway.endpoint, [unknownSeries('second', 200, 400)], 200);
  // Half a kilobyte each, and the catalogue.
  const queued = await filledPart(stack);
  expect(queued).toBeGreaterThan(0.5);
  expect.soft(await refusalAlerts(stack, { queued }), 'alerts of a queue that fills').toEqual([]);
  await postEach(stack.gateway.endpoint, [unknownSeries('third', 500, 400)], 503);
  const known: Known = {
    ...NOTHING,
    accepted: 500,
    full: 500,
    queued: { points: CATALOGUE + 500, filled: queued },
  };
  const differences = await look(known);
  expect.soft(await refusalAlerts(stack, { full: 500, queued }), 'alerts of a full queue').toEqual([]);
  const full = panelsOf(FULL_QUEUE_TITLES);
  const forwarded = panelsOf(['Points forwarded and given up']);
  expect.soft(await differences([...full, ...forwarded])).toEqual([]);
  expect.soft(await unnoticed(full, differences), 'mistakes').toEqual([]);

  // In a window that begins after its first value, a series counts what was added; increase() fills the second or so
  // from the beginning of the window to its first sample, which is at most half of what the samples span.
  const later = await newestMoment(stack);
  const variables = { ...EVERYTHING, __rate_interval: `${Math.ceil(later.own - first.own)}s` };
  const [panel] = panelsOf(['Points accepted and turned away']);
  const { url } = stack.prometheus;
  const shown = await answersOf(url, panel ?? { kind: 'stat', queries: [] }, variables, momentOf(later));
  const expected = { accepted: { from: 200, to: 300 }, 'turned away': { from: 500, to: 750 } };
  expect.soft(answerDifferences('in a short window', shown, expected)).toEqual([]);
});

/** How full the durable queue says it is. */
async function filledPart({ gateway }: Stack): Promise<number> {
  const own = await gateway.ownMetrics();
  const [size, capacity] = ['size', 'capacity'].map((name) =>
    sumOf(own, `otelcol_exporter_queue_${name}`, /^otlp_http.queue$/),
  );
  return (size ?? 0) / (capacity ?? 1);
}

test('a gateway at its memory limit shows as refused points', async (t) => {
  const env = { GATEWAY_MEMORY_LIMIT_MIB: '20', GATEWAY_MEMORY_SPIKE_MIB: '10' };
  const { stack } = await startObserved(t, { env });
  const { endpoint } = stack.gateway;
  // It measures its memory twice a second. The first refusal may be the first answer of all.
  const isRefused = async (): Promise<boolean> =>
    (await post(endpoint, unknownSeries('one', 7))).status === 503;
  await waitFor(isRefused, { what: 'a refusal', deadlineMs: 60_000 });
  await postEach(endpoint, [unknownSeries('two', 20), unknownSeries('three', 300)], 503);
  expect(await refusalAlerts(stack, { full: 327 })).toEqual([]);
});

/** One line for each alert that is not as these refusals say. Nothing else happened. */
async function refusalAlerts(
  stack: Stack,
  situation: Pick<Situation, 'full' | 'queued'>,
): Promise<readonly string[]> {
  const nothingElse = { sessions: [], gates: [], lost: {}, refused: {} };
  const moment = await newestMoment(stack);
  return alertDifferences(stack.prometheus.url, moment, { ...nothingElse, ...situation });
}

function panelsOf(titles: readonly string[]): readonly PanelDefinition[] {
  return delivery.filter(({ title }) => titles.includes(title));
}

/** Mistakes that neither this cluster shows nor one without a gateway, which must show nothing. */
async function unnoticed(panels: readonly PanelDefinition[], look: Look): Promise<readonly string[]> {
  const elsewhere = { ...EVERYTHING, cluster: OTHER };
  expect.soft(await look(panels, elsewhere), 'another cluster').toEqual([]);
  return unnoticedMutants(panels, async function* (panel) {
    yield look([panel]);
    yield look([panel], elsewhere);
  });
}
