/** Requests that are nearly OTLP, the same ones for the same seed. */
import { gzipSync } from 'node:zlib';
import {
  deltaHistogram,
  deltaSum,
  field,
  histogramPoint,
  numberPoint,
  runRequest,
  textAttribute,
} from './wire.ts';

/** One request. */
export interface FuzzedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A source of whole numbers below a limit: mulberry32. */
type Random = (below: number) => number;

function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) % below) | 0;
  };
}

/** Endless: structured OTLP with strange values, whole or damaged, in both encodings, packed or not. */
export function* fuzzedRequests(seed: number): Generator<FuzzedRequest> {
  const random = createRandom(seed);
  for (let index = 0; ; index += 1) {
    const isJson = random(3) === 0;
    const written = isJson ? Buffer.from(jsonBody(random)) : protobufBody(random, `fuzz ${index}`);
    const body = random(4) === 0 ? damage(written, random) : written;
    const isPacked = random(2) === 0;
    yield {
      headers: {
        'content-type': isJson ? 'application/json' : 'application/x-protobuf',
        'content-encoding': isPacked ? 'gzip' : 'identity',
      },
      body: Uint8Array.from(isPacked ? gzipSync(body) : body),
    };
  }
}

const TEXTS = [
  '',
  'x',
  'le',
  '__name__',
  'job',
  'a.b',
  'a_b',
  '\u001b]0;t\u0007',
  '\u202e',
  '"\\\n',
  '!',
  '9',
];
const NUMBERS = [
  0,
  1,
  -1,
  0.1,
  2 ** 53,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

function text(random: Random): string {
  const chosen = TEXTS[random(TEXTS.length)] ?? '';
  return random(20) === 0 ? chosen.repeat(random(20_000)) : chosen;
}

function number(random: Random): number {
  return NUMBERS[random(NUMBERS.length)] ?? 0;
}

function list<Value>(random: Random, longest: number, make: () => Value): Value[] {
  return Array.from({ length: random(longest) }, make);
}

/** Now, long ago, far ahead, or never. */
function time(random: Random): bigint {
  const now = BigInt(Date.now()) * 1_000_000n;
  return [now, now - 10n ** 18n, 2n ** 64n - 1n, 0n][random(4)] ?? now;
}

function protobufBody(random: Random, runId: string): Buffer {
  const attributes = (fieldNumber: number): Buffer =>
    Buffer.concat(list(random, 6, () => field(fieldNumber, textAttribute(text(random), text(random)))));
  const metrics = list(random, 5, () => {
    const name = `fuzz_${text(random)}`.slice(0, 2_000);
    if (random(2) === 0)
      return deltaSum(
        name,
        list(random, 50, () => numberPoint(time(random), attributes(7))),
      );
    const bounds = () => list(random, 20, () => number(random));
    return deltaHistogram(
      name,
      list(random, 20, () => histogramPoint(time(random), bounds(), attributes(9))),
    );
  });
  return runRequest(runId, metrics, attributes(1));
}

function jsonBody(random: Random): string {
  return JSON.stringify({ resourceMetrics: value(random, 8) });
}

const KEYS = [
  'resource',
  'scopeMetrics',
  'metrics',
  'name',
  'sum',
  'gauge',
  'histogram',
  'dataPoints',
  'attributes',
  'key',
  'value',
  'stringValue',
  'asInt',
  'asDouble',
  'timeUnixNano',
  'explicitBounds',
  'bucketCounts',
  'aggregationTemporality',
  'isMonotonic',
  'flags',
] as const;

/** JSON of the right words in any order. */
function value(random: Random, depth: number): unknown {
  const kind = random(depth > 0 ? 6 : 3);
  if (kind === 0) return text(random);
  if (kind === 1) return number(random);
  if (kind === 2) return [null, true, String(time(random))][random(3)];
  if (kind === 3) return list(random, 6, () => value(random, depth - 1));
  return Object.fromEntries(
    list(random, 6, () => [KEYS[random(KEYS.length)] ?? 'name', value(random, depth - 1)] as const),
  );
}

/** Some bytes are others, or missing. */
function damage(body: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(body);
  for (let times = random(8); times > 0 && damaged.length > 0; times -= 1)
    damaged[random(damaged.length)] = random(256);
  return random(3) === 0 ? damaged.subarray(0, random(damaged.length + 1)) : damaged;
}
