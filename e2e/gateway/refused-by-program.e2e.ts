/** What is refused says which program sent it, whatever programs call themselves. */
import { GATEWAY_METRICS } from '@ephemetry/contract';
import { waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { type Gateway, sumOf } from '../support/gateway.ts';
import { batchOf, counterOf, honestBatch, pointNow } from '../support/hostile-requests.ts';
import { refusedFor, showsRefused, showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { post, postAll } from '../support/post.ts';

const KEPT = 40;

/** A falling counter: refused as `negative`. */
function falling(run: string, service?: string): string {
  const metric = counterOf('falling_total', pointNow({ asInt: '-1' }));
  return batchOf(run, [metric], service === undefined ? {} : { 'service.name': service });
}

async function shownServices(gateway: Gateway): Promise<readonly string[]> {
  const { name } = GATEWAY_METRICS.droppedPoints;
  const shown = (await gateway.totals()).filter((sample) => sample.name === name);
  return shown.map(({ labels }) => labels['service'] ?? '');
}

test('a name that cannot be a label is other, none is unknown', async (t) => {
  const gateway = await startLaptopGateway(t);
  const names = ['x'.repeat(64), '{{evil}}', 'line\nbreak', '\u202ereversed', '"quoted"'];
  const bodies = [undefined, ...names, 'team/check-out.v2'].map((name, run) => falling(`named-${run}`, name));
  await postAll(gateway.endpoint, bodies, 2);
  await showsRefused(gateway, 'negative', bodies.length);
  expect(await refusedFor(gateway, 'negative', 'other')).toBe(names.length);
  expect((await shownServices(gateway)).toSorted()).toEqual(['other', 'team/check-out.v2', 'unknown']);
});

test('a sender that makes up names is cut at a limit, and costs no other its total', async (t) => {
  const gateway = await startLaptopGateway(t, { GATEWAY_MAX_REFUSED_SERIES: String(KEPT) });
  await post(gateway.endpoint, falling('known', 'known'));
  await showsRefused(gateway, 'negative', 1);
  const made = Array.from({ length: 500 }, (_, run) => falling(`made-${run}`, `made-${run}`));
  await postAll(gateway.endpoint, [...made, honestBatch('honest')], 8);
  const cut = async (): Promise<number> =>
    sumOf(await gateway.ownMetrics(), 'otelcol_deltatocumulative_datapoints', /^limit$/);
  const isAllCounted = async (): Promise<boolean> =>
    (await cut()) + (await refusedFor(gateway, 'negative')) === made.length + 1;
  await waitFor(isAllCounted, { what: 'each refusal to be shown or cut', deadlineMs: 60_000 });
  await showsTotal(gateway, 'innocent_total', 1);
  // Who was known before is still told apart.
  await post(gateway.endpoint, falling('known-again', 'known'));
  await expect.poll(() => refusedFor(gateway, 'negative', 'known')).toBe(2);
  expect(await shownServices(gateway)).toHaveLength(KEPT);
});

test('a mark of a sender’s own is no reason, and the gateway’s own name is nobody else’s', async (t) => {
  const gateway = await startLaptopGateway(t);
  const marked = pointNow({ asInt: '1' }, { 'ephemetry.refused': 'made-up' });
  await postAll(
    gateway.endpoint,
    [
      batchOf('marked', [counterOf('innocent_total', marked)], { 'ephemetry.refused': 'made-up' }),
      batchOf('poses', [counterOf(GATEWAY_METRICS.droppedPoints.name, pointNow({ asInt: '9' }))], {
        'service.name': 'ephemetry-gateway',
      }),
    ],
    1,
  );
  await showsTotal(gateway, 'innocent_total', 1);
  await showsRefused(gateway, 'reserved', 1);
  expect(await shownServices(gateway)).toEqual(['ephemetry-gateway']);
});
