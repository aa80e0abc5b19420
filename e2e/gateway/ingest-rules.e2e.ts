/** The gateway does with each kind of data point what the contract's table says. */
import { INGEST_RULES, type IngestRule } from '@ephemetry/contract';
import type { ExposedSample } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { batchOf } from '../support/hostile-requests.ts';
import { startLaptopGateway } from '../support/laptop-gateway.ts';
import { postAll } from '../support/post.ts';
import { seriesOf } from '../support/truth.ts';

function expectedOf({ gateway, shown, shownByGateway }: IngestRule): Readonly<Record<string, number>> {
  return gateway === 'refused' || gateway === 'forgotten' ? {} : (shownByGateway ?? shown);
}

/** The series of a program, without what tells two of the gateway's pages or two histograms apart. */
function shownOf(samples: readonly ExposedSample[], job: string): Readonly<Record<string, number>> {
  const own = samples
    .filter(({ labels }) => labels['job'] === job)
    .map(({ name, labels, value }) => ({ labels: { ...labels, __name__: name }, value, timeSeconds: 0 }));
  const series = seriesOf(own, ['job', 'instance', 'histogram_bounds']);
  return Object.fromEntries([...series].map(([name, value]) => [name.replace('{}', ''), value]));
}

test('each rule of the table holds at the gateway', async (t) => {
  const gateway = await startLaptopGateway(t);
  const at = (offsetSeconds: number): string => `${Date.now() + offsetSeconds * 1_000}000000`;
  const bodies = INGEST_RULES.map(({ key, example }) => batchOf(key, example(at), { 'service.name': key }));
  await postAll(gateway.endpoint, bodies, 4);
  await gateway.merged();
  for (const rule of INGEST_RULES) {
    const shown = async (): Promise<object> =>
      shownOf([...(await gateway.totals()), ...(await gateway.readings())], rule.key);
    await expect.poll(shown, { message: rule.given }).toEqual(expectedOf(rule));
  }
});
