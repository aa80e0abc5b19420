/**
 * A month of runs of an invented agent that books flights: 12 scenarios, two models, every day. From the 15th on searches time
 * out (the planted regression), and the price check of `book` fails in a new way. One worker writes seconds where
 * milliseconds belong, another one sends its events twice and one of them late.
 */

/** The lines of both halves of the month. */
export interface Month {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** How much is generated. */
export interface MonthSize {
  /** Days of each half. */
  readonly days: number;
}

const SCENARIOS = 12;
const MODELS = ['model-a', 'model-b'];
const PASS_RATES = [0.95, 0.9, 0.97, 0.85, 0.08, 0.93];
const MS_PER_DAY = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);

/** The same lines every time. */
export function generateMonth({ days }: MonthSize): Month {
  const halves = [0, 1].map((half) => {
    const lines: string[] = [];
    for (let day = 0; day < days; day += 1)
      for (let scenario = 0; scenario < SCENARIOS; scenario += 1)
        for (const [model, name] of MODELS.entries())
          lines.push(...runLines({ half, day: half * days + day, scenario, model, modelName: name }));
    return lines;
  });
  const [before = [], after = []] = halves;
  return { before, after };
}

interface Place {
  readonly half: number;
  readonly day: number;
  readonly scenario: number;
  readonly model: number;
  readonly modelName: string;
}

function runLines(place: Place): readonly string[] {
  const { half, day, scenario, model, modelName } = place;
  const runId = `day-${day + 1}-scenario-${scenario + 1}-${modelName}`;
  const draw = drawsOf(day * 1000 + scenario * 10 + model);
  const startMs = FIRST_DAY + day * MS_PER_DAY + scenario * 60_000;
  const durationMs = Math.round(20_000 * Math.exp(0.4 * (draw() - 0.5) + scenario / 12));
  const usesSearch = scenario % 3 === 0;
  // Most scenarios nearly always pass or nearly never do.
  const passes = draw() < (PASS_RATES[scenario % PASS_RATES.length] ?? 0);
  const timesOut = half === 1 && usesSearch && draw() < 0.5;
  const pricesDiffer = half === 1 && scenario === 7 && draw() < 0.6;
  const success = passes && !timesOut && !pricesDiffer;
  const isWrongUnit = half === 1 && scenario === 2 && model === 1 && day % 7 === 0;
  const events: object[] = [
    {
      event_type: 'run.started',
      payload: {
        project: 'flights',
        scenario: `scenario-${scenario + 1}`,
        model: modelName,
        agent: isWrongUnit ? 'worker-seconds' : 'booker',
        agent_version: half === 0 ? '1.3' : '1.4',
        config: { prompt: half === 0 ? 'a1f3' : 'c07e' },
      },
    },
    {
      event_type: 'model.call',
      status: 'ok',
      payload: { model: modelName, input_tokens: 900, output_tokens: 120 },
    },
    ...(usesSearch ? [searchCall(timesOut, day)] : []),
    ...(scenario % 2 === 1 ? [bookCall(pricesDiffer, 100 + scenario)] : []),
  ];
  const finished = {
    event_type: 'run.finished',
    status: 'completed',
    payload: { success, duration_ms: isWrongUnit ? durationMs / 1000 : durationMs },
  };
  const lines = events.map((event, seq) => lineOf(runId, seq, startMs + seq * 1000, event));
  const end = lineOf(runId, events.length, startMs + durationMs, finished);
  const sendsTwice = scenario === 5 && day % 5 === 0;
  const late = lineOf(runId, events.length + 1, startMs + durationMs, { event_type: 'note', payload: {} });
  return sendsTwice ? [...lines, end, ...lines, end, late] : [...lines, end];
}

function searchCall(timesOut: boolean, day: number): object {
  const error = {
    code: 'ETIMEDOUT',
    message: `GET https://search.internal/q?day=${day} timed out after ${30 + day} s`,
  };
  return {
    event_type: 'tool.call',
    status: timesOut ? 'error' : 'ok',
    payload: { tool: 'search', duration_ms: timesOut ? 30_000 : 800, ...(timesOut ? { error } : {}) },
  };
}

function bookCall(pricesDiffer: boolean, price: number): object {
  const error = { message: `payment amount ${price}.50 EUR does not add up` };
  return {
    event_type: 'tool.call',
    status: pricesDiffer ? 'error' : 'ok',
    payload: { tool: 'book', duration_ms: 400, ...(pricesDiffer ? { error } : {}) },
  };
}

function lineOf(runId: string, seq: number, unixMs: number, event: object): string {
  return JSON.stringify({ v: 1, run_id: runId, seq, timestamp: new Date(unixMs).toISOString(), ...event });
}

/** Numbers from 0 to 1 that follow from the place: an integer hash. */
function drawsOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
