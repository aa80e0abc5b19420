/** One sender’s request must not cost another sender’s: neither hold it up, nor lose it, nor count it twice. */
import { expect, test } from 'vitest';
import type { Gateway } from '../support/gateway.ts';
import {
  batchOf,
  batchWithLabel,
  counterOf,
  histogramOf,
  honestBatch,
  pointNow,
  postProtobuf,
} from '../support/hostile-requests.ts';
import { showsRefused, showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { type Answer, post, postAll } from '../support/post.ts';
import { remembers } from '../support/remembers.ts';

function honestBatches(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => honestBatch(`${prefix}-${index}`));
}

function sendHonest(gateway: Gateway, count: number, prefix: string): Promise<void> {
  return postAll(gateway.endpoint, honestBatches(count, prefix), 16);
}

test('a request whose note would be larger than a file of notes neither stops the gateway nor counts others twice after a restart', async (t) => {
  const gateway = await startLaptopGateway(t);
  await sendHonest(gateway, 10, 'before');
  await showsTotal(gateway, 'innocent_total', 10);
  // 9 KB on the wire; each byte is six in the notes.
  expect((await postProtobuf(gateway.endpoint, batchWithLabel(9_437_184, 1))).status).toBe(400);
  // And the largest that the gateway reads.
  expect((await postProtobuf(gateway.endpoint, batchWithLabel(4_190_000, 1))).status).toBe(200);
  await showsRefused(gateway, 'oversized', 1);
  await sendHonest(gateway, 50, 'after');
  await showsTotal(gateway, 'innocent_total', 60);
  await gateway.service.stop();
  await gateway.start();
  await remembers(gateway);
  await sendHonest(gateway, 3, 'restarted');
  await showsTotal(gateway, 'innocent_total', 3);
});

test.for(['NaN', 'Infinity', '-Infinity'])(
  'a histogram with %s as a bound costs nothing that came in the same batch',
  async (bound, t) => {
    const gateway = await startLaptopGateway(t);
    const point = pointNow({ count: '1', explicitBounds: [bound], bucketCounts: ['1', '0'] });
    const hostile = batchOf('hostile', [histogramOf('p_seconds', point)]);
    await postAll(gateway.endpoint, [hostile, ...honestBatches(50, 'honest')], 51);
    await showsTotal(gateway, 'innocent_total', 50);
    await showsRefused(gateway, 'not_a_number', 1);
  },
);

test('a label is measured as JSON, where a byte may take six', async (t) => {
  const gateway = await startLaptopGateway(t);
  // 16 KiB there are 2,729 bytes of these; of letters all but the quotes.
  for (const [bytes, code] of [
    [2_720, 1],
    [2_740, 1],
    [16_300, 120],
    [16_400, 120],
  ] as const)
    expect((await postProtobuf(gateway.endpoint, batchWithLabel(bytes, code))).status).toBe(200);
  await showsRefused(gateway, 'oversized', 2);
  const taken = async (): Promise<number> =>
    (await gateway.totals()).filter(({ name }) => name === 'x_total').length;
  await expect.poll(taken, { timeout: 20_000 }).toBe(2);
});

test('requests of the largest size at once cost no answered batch of others', async (t) => {
  const gateway = await startLaptopGateway(t, { GATEWAY_MEMORY_LIMIT_MIB: '1500' });
  const hostile = Array.from({ length: 20 }, () =>
    postProtobuf(gateway.endpoint, batchWithLabel(4_190_000, 120)),
  );
  const isTooLarge = postProtobuf(gateway.endpoint, batchWithLabel(20_000_000, 120));
  await sendHonest(gateway, 100, 'honest');
  await Promise.all(hostile);
  expect((await isTooLarge).status).toBe(400);
  await showsTotal(gateway, 'innocent_total', 100);
});

test('points that fill a whole request are batched with others’ and none is dropped', async (t) => {
  const gateway = await startLaptopGateway(t, { GATEWAY_MEMORY_LIMIT_MIB: '1500' });
  // Near the limit of bytes of a point, so that some 500 of them fill a request.
  const label = 'x'.repeat(8_000);
  const full = (run: number): string =>
    batchOf(`full-${run}`, [
      counterOf(
        'full_total',
        ...Array.from({ length: 500 }, (_, n) => pointNow({ asInt: '1' }, { label, n: `${n}` })),
      ),
    ]);
  const answers: readonly Answer[] = await Promise.all(
    [1, 2, 3, 4].map((run) => post(gateway.endpoint, full(run))),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await sendHonest(gateway, 20, 'honest');
  await showsTotal(gateway, 'innocent_total', 20);
  await showsTotal(gateway, 'full_total', 2_000);
});

test('a point that grows from 4 MB as JSON to 16 MB costs nothing that it is gathered with', async (t) => {
  const gateway = await startLaptopGateway(t, { GATEWAY_MEMORY_LIMIT_MIB: '1500' });
  const point = pointNow({
    count: '0',
    explicitBounds: [],
    bucketCounts: Array.from({ length: 2_000_000 }, () => 0),
  });
  const growing = batchOf('growing', [histogramOf('growing_seconds', point)]);
  await postAll(gateway.endpoint, [growing, ...honestBatches(50, 'honest'), growing], 52);
  await showsTotal(gateway, 'innocent_total', 50);
  await showsRefused(gateway, 'oversized', 2);
});
