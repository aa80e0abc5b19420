/** Senders that try to bring an OTLP/HTTP receiver down with little. Each is one kind of attack. */
import { gzipSync } from 'node:zlib';
import {
  type Hostile,
  idle,
  LARGE,
  pipeline,
  post,
  standStill,
  stopBeforeTheEnd,
  times,
  trickle,
} from './connections.ts';
import {
  deltaHistogram,
  deltaSum,
  field,
  histogramPoint,
  numberPoint,
  runRequest,
  textAttribute,
  wholeNumber,
} from './wire.ts';

/** One hostile sender. */
export interface Attack {
  readonly name: string;
  /** Whether it takes long, because it fills what may be filled. */
  readonly isLong?: boolean;
  /** Resolves when all was sent and answered, or given up. @param url of the receiver, without a path */
  send(url: string): Promise<void>;
}

const MIB = 1024 * 1024;

/** Every attack. */
export function attacks(): readonly Attack[] {
  return [
    ...emptyMessages(),
    ...largeLabels(),
    ...manyAtOnce(),
    ...expensiveText(),
    ...filledMemory(),
    ...readers(),
  ];
}

function emptyMessages(): readonly Attack[] {
  const metricOf = (content: Uint8Array): Buffer => field(1, field(2, field(2, content)));
  return [
    one('16 MiB of empty messages', () => protobuf(Buffer.alloc(16 * MIB, Buffer.from([10, 0])))),
    one('4 MiB of empty resources', () => protobuf(Buffer.alloc(LARGE, Buffer.from([10, 0])))),
    one('4 MiB of empty points', () =>
      protobuf(metricOf(Buffer.concat([field(1, 'x'), field(7, Buffer.alloc(LARGE, Buffer.from([10, 0])))]))),
    ),
    one('4 MiB of fields that nobody knows', () => protobuf(Buffer.alloc(LARGE, Buffer.from([0x78, 0])))),
    one('4 MiB of empty JSON objects', () => json(`{"resourceMetrics":[${'{},'.repeat(LARGE / 3 - 20)}{}]}`)),
    one('4 MiB of empty JSON lists', () => json(`{"resourceMetrics":[${'[],'.repeat(LARGE / 3 - 20)}[]]}`)),
    one('250,000 empty resources, below every limit', () =>
      protobuf(Buffer.alloc(500_000, Buffer.from([10, 0]))),
    ),
    one('60,000 metrics without data', () =>
      protobuf(field(1, field(2, Buffer.concat(times(60_000, (index) => field(2, field(1, `m${index}`))))))),
    ),
  ];
}

function largeLabels(): readonly Attack[] {
  const now = nowUnixNano();
  const points = (count: number): Buffer[] => times(count, (index) => numberPoint(now + BigInt(index)));
  return [
    one('a resource attribute of 4 MB and 3,000 points', () =>
      protobuf(
        runRequest(
          'large',
          [deltaSum('x_total', points(3_000))],
          field(1, textAttribute('k', 'x'.repeat(LARGE - 300_000))),
        ),
      ),
    ),
    one('a run id of 3 MB', () =>
      protobuf(runRequest('r'.repeat(3_000_000), [deltaSum('x_total', points(1_000))])),
    ),
    one('a name of 3 MB', () =>
      protobuf(runRequest('name', [deltaSum('n'.repeat(3_000_000), points(1_000))])),
    ),
    one('a resource attribute of 3 MB and 20,000 metrics', () =>
      protobuf(
        runRequest(
          'metrics',
          times(20_000, (index) => deltaSum(`m${index}`, [])),
          field(1, textAttribute('k', 'x'.repeat(3_000_000))),
        ),
      ),
    ),
    one('200,000 bounds, then 3,000 points with others', () => {
      const bounds = times(200_000, (index) => index);
      const others = times(3_000, (index) => histogramPoint(now, [index]));
      return protobuf(
        runRequest('bounds', [deltaHistogram('h_seconds', [histogramPoint(now, bounds), ...others])]),
      );
    }),
    ...[60_000, 250_000].map((count) =>
      one(`${count} attributes with the key !`, () => {
        const attributes = Buffer.concat(times(count, () => field(7, textAttribute('!', ''))));
        return protobuf(runRequest('keys', [deltaSum('x_total', [numberPoint(now, attributes)])]));
      }),
    ),
  ];
}

function manyAtOnce(): readonly Attack[] {
  const bomb = protobuf(Buffer.alloc(16 * MIB, Buffer.from([10, 0])));
  const large = protobuf(Buffer.alloc(LARGE, Buffer.from([10, 0])));
  return [
    {
      name: '200 bombs of 16 KB at once',
      send: async (url) => void (await Promise.all(times(200, () => post(url, bomb)))),
    },
    {
      name: '200 bombs below the limit at once',
      send: async (url) => void (await Promise.all(times(200, () => post(url, large)))),
    },
    { name: '200 bodies that stop before the end', send: (url) => stopBeforeTheEnd(url, 200) },
    { name: 'bodies that come byte by byte', isLong: true, send: (url) => trickle(url, 20, 20_000) },
    { name: '1,000 idle connections', send: (url) => idle(url, 1_000) },
  ];
}

function expensiveText(): readonly Attack[] {
  const point = (value: string): string =>
    `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x","gauge":{"dataPoints":[{"asInt":"${value}"}]}}]}]}]}`;
  const nested = (depth: number): Buffer => {
    let value = field(1, 'x');
    for (let level = 0; level < depth; level += 1) value = field(5, field(1, value));
    return value;
  };
  return [
    one('a number of 4,000,000 digits', () => json(point('9'.repeat(LARGE - 1_000)))),
    one('values nested 2,000 deep', () =>
      protobuf(field(1, field(1, field(1, Buffer.concat([field(1, 'k'), field(2, nested(2_000))]))))),
    ),
    one('JSON nested 2,000,000 deep', () => json('['.repeat(2_000_000))),
    one('JSON that is a text of 4 MB', () => json(`"${'\u001b'.repeat(10)}${'x'.repeat(LARGE - 1_000)}"`)),
    one('a path and a type of 14 KB', () => ({
      path: `/${'p'.repeat(7_000)}`,
      type: `t/${'t'.repeat(7_000)}`,
      body: Buffer.from('x'),
      coding: 'identity',
    })),
  ];
}

function filledMemory(): readonly Attack[] {
  const label = (index: number, length: number): Buffer =>
    field(7, textAttribute('k', `${index}${'v'.repeat(length)}`));
  const several = (name: string, count: number, body: (index: number) => Hostile): Attack => ({
    name,
    isLong: true,
    send: async (url) => {
      for (let index = 0; index < count; index += 1) await post(url, body(index));
    },
  });
  return [
    several('150,000 series of short labels', 6, (part) =>
      protobuf(
        runRequest(`short ${part}`, [
          deltaSum(
            'short_total',
            times(25_000, (index) => numberPoint(nowUnixNano(), label(part * 25_000 + index, 1))),
          ),
        ]),
      ),
    ),
    several('series with 16 KB of labels each, 20 times 4 MiB', 20, (part) =>
      protobuf(
        runRequest(`long ${part}`, [
          deltaSum(
            'long_total',
            times(240, (index) => numberPoint(nowUnixNano(), label(part * 240 + index, 16_000))),
          ),
        ]),
      ),
    ),
    several('500,000 points of one series', 10, (part) =>
      protobuf(
        runRequest(`points ${part}`, [
          deltaSum(
            'one_total',
            times(50_000, (index) => numberPoint(nowUnixNano() + BigInt(index))),
          ),
        ]),
      ),
    ),
    several('cumulative streams of 60,000 instances', 6, (part) =>
      protobuf(
        Buffer.concat(
          times(10_000, (index) => {
            const data = Buffer.concat([
              field(1, numberPoint(nowUnixNano())),
              wholeNumber(2, 2),
              wholeNumber(3, 1),
            ]);
            return runRequest(`i${part * 10_000 + index}`, [
              Buffer.concat([field(1, 'seen_total'), field(7, data)]),
            ]);
          }),
        ),
      ),
    ),
    several('60,000 names', 6, (part) =>
      protobuf(
        runRequest(
          `names ${part}`,
          times(10_000, (index) =>
            deltaSum(`name_${part * 10_000 + index}_total`, [numberPoint(nowUnixNano())]),
          ),
        ),
      ),
    ),
  ];
}

function readers(): readonly Attack[] {
  return [
    {
      name: 'wide histograms, and 50 readers that stand still',
      send: async (url) => {
        const bounds = times(4_000, (index) => index);
        const labels = field(9, textAttribute('k', 'v'.repeat(16_000)));
        const points = times(20, (index) =>
          histogramPoint(
            nowUnixNano(),
            bounds,
            Buffer.concat([labels, field(9, textAttribute('n', String(index)))]),
          ),
        );
        for (const point of points)
          await post(url, protobuf(runRequest('wide', [deltaHistogram('w_seconds', [point])])));
        await standStill(url, 50);
      },
    },
    { name: '20,000 requests in one piece', send: (url) => pipeline(url, 20_000) },
  ];
}

function one(name: string, make: () => Hostile): Attack {
  return { name, send: (url) => post(url, make()) };
}

function protobuf(body: Uint8Array): Hostile {
  return { type: 'application/x-protobuf', body: Uint8Array.from(gzipSync(body)), coding: 'gzip' };
}

function json(body: string): Hostile {
  return { type: 'application/json', body: Uint8Array.from(gzipSync(body)), coding: 'gzip' };
}

function nowUnixNano(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
