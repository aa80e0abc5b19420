/** Requests that are OTLP in form and random in content: the same for the same seed. */
import { batchWithLabel, emptyMessages } from './hostile-requests.ts';

/** One request. */
export interface HostileRequest {
  readonly contentType: 'application/json' | 'application/x-protobuf';
  readonly body: Buffer;
}

const NAMES = [
  ...['x_total', 'x', 'x_count', 'x_sum', 'x_bucket', 'a.b', 'a_b', '1x', '', 'é', 'up', 'target_info'],
  // Of the contract: with the right kind they are points like any other, of another program.
  ...[
    'fab_agent_sessions_total',
    'fab_role_session_duration_seconds',
    'fab_role_session_duration_seconds_count',
  ],
  'n'.repeat(300),
] as const;
const KEYS = [
  ...['k', 'job', 'le', 'quantile', 'instance', 'cluster', 'shard', '__name__', '_', '', '1', 'a.b', 'a_b'],
  ...['histogram_bounds', 'ephemetry.start', 'ephemetry.time', 'service.name', 'é', '\u0000', '"}\n'],
] as const;
const TEXTS = [
  '',
  'v',
  '5',
  '+Inf',
  'NaN',
  '\u0001\u0002',
  '\ud800',
  '"\\\n',
  '{}',
  'ephemetry:seen',
  'w'.repeat(20_000),
];
const NUMBERS = [
  0,
  1,
  -1,
  0.5,
  1e308,
  -1e308,
  2 ** 53,
  'NaN',
  'Infinity',
  '-Infinity',
  '9223372036854775807',
  'x',
];
const TIMES = ['0', '1', '9000000000000000000', '18446744073709551615'];

/** So many requests; about a tenth are protobuf. */
export function* hostileRequests(random: () => number, count: number): Generator<HostileRequest> {
  const hostile = new HostileWriter(random);
  for (let sent = 0; sent < count; sent += 1) yield hostile.request();
}

class HostileWriter {
  readonly #random: () => number;
  #runs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  request(): HostileRequest {
    if (this.#chance(0.1)) return { contentType: 'application/x-protobuf', body: this.#protobuf() };
    const resourceMetrics = this.#list(2, () => this.#resourceMetrics());
    const text = JSON.stringify({ resourceMetrics });
    // Cut in the middle now and then.
    const end = this.#chance(0.03) ? Math.floor(this.#random() * text.length) : text.length;
    return { contentType: 'application/json', body: Buffer.from(text.slice(0, end)) };
  }

  #protobuf(): Buffer {
    const body = this.#chance(0.5)
      ? batchWithLabel(Math.floor(this.#random() * 40_000), Math.floor(this.#random() * 256))
      : emptyMessages(2 * Math.floor(this.#random() * 50_000));
    if (body.length > 0 && this.#chance(0.5)) body[Math.floor(this.#random() * body.length)] = 0xff;
    return body;
  }

  #resourceMetrics(): object {
    this.#runs += 1;
    const run = this.#oneOf([
      'series-catalogue',
      '',
      `hostile-${this.#runs}`,
      `hostile-${this.#runs}`,
      'r'.repeat(3_000),
    ]);
    const identity = [{ key: 'service.instance.id', value: { stringValue: run } }];
    const sequence = { key: 'ephemetry.batch.sequence', value: this.#value() };
    const attributes = [...identity, ...(this.#chance(0.3) ? [sequence] : []), ...this.#attributes(3)];
    const scopeMetrics = this.#list(2, () => ({
      scope: { name: this.#oneOf(TEXTS), version: this.#oneOf(TEXTS), attributes: this.#attributes(2) },
      metrics: this.#list(4, () => this.#metric()),
      schemaUrl: this.#oneOf(TEXTS),
    }));
    return { resource: { attributes }, scopeMetrics, schemaUrl: this.#oneOf(TEXTS) };
  }

  #metric(): object {
    const dataPoints = this.#list(4, () => this.#point());
    const common = { aggregationTemporality: this.#oneOf([1, 1, 1, 2, 0, 7]), dataPoints };
    const kind = this.#oneOf([
      'sum',
      'sum',
      'histogram',
      'histogram',
      'gauge',
      'exponentialHistogram',
      'summary',
      'none',
    ]);
    const data = kind === 'gauge' || kind === 'summary' ? { dataPoints } : common;
    const monotonic = kind === 'sum' ? { isMonotonic: this.#chance(0.7) } : {};
    return {
      name: this.#oneOf(NAMES),
      unit: this.#oneOf(TEXTS),
      description: this.#oneOf(TEXTS),
      ...(kind === 'none' ? {} : { [kind]: { ...data, ...monotonic } }),
    };
  }

  #point(): object {
    const now = `${Date.now()}000000`;
    const bounds = this.#list(6, (index) => (this.#chance(0.7) ? index : this.#oneOf(NUMBERS)));
    const counts = this.#list(7, () => this.#oneOf(['0', '1', '18446744073709551615']));
    return {
      attributes: this.#attributes(4),
      startTimeUnixNano: this.#chance(0.7) ? now : this.#oneOf(TIMES),
      timeUnixNano: this.#chance(0.7) ? now : this.#oneOf(TIMES),
      ...this.#sometimes({ flags: this.#oneOf([0, 1, 3]) }),
      ...this.#oneOf([
        { asInt: '1' },
        { asInt: '-9223372036854775808' },
        { asDouble: this.#oneOf(NUMBERS) },
        {},
      ]),
      ...this.#oneOf([
        {},
        { count: this.#oneOf(['1', '18446744073709551615']), sum: this.#oneOf(NUMBERS) },
        { count: '3' },
      ]),
      ...this.#sometimes({ explicitBounds: bounds, bucketCounts: counts }),
      ...this.#sometimes({ explicitBounds: [], bucketCounts: this.#oneOf([[], ['1']]) }),
      ...this.#sometimes({
        exemplars: this.#list(3, () => ({ asDouble: 1, filteredAttributes: this.#attributes(3) })),
      }),
    };
  }

  #attributes(most: number): readonly object[] {
    return this.#list(most, () => ({ key: this.#oneOf(KEYS), value: this.#value() }));
  }

  #value(depth = 0): object {
    const nested =
      depth > 3 ? [{}] : [{ arrayValue: { values: this.#list(3, () => this.#value(depth + 1)) } }];
    return this.#oneOf([
      ...[{ stringValue: this.#oneOf(TEXTS) }, { stringValue: this.#oneOf(TEXTS) }, { intValue: '1' }, {}],
      ...[{ doubleValue: this.#oneOf([1, 'NaN', 'Infinity']) }, { boolValue: true }, { bytesValue: 'AAEC' }],
      ...nested,
    ]);
  }

  #list<Item>(most: number, item: (index: number) => Item): readonly Item[] {
    return Array.from({ length: Math.floor(this.#random() * (most + 1)) }, (_, index) => item(index));
  }

  #sometimes(fields: object): object {
    return this.#chance(0.3) ? fields : {};
  }

  #oneOf<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  #chance(part: number): boolean {
    return this.#random() < part;
  }
}
