import { INGEST_RULES } from '@ephemetry/contract';
import { otlpJson } from '@ephemetry/testing';
import { expect, it } from 'vitest';
import { parseExposition } from './fixtures/exposition.ts';
import { DIGESTS, readRequest } from './fixtures/read-request.ts';
import { prometheusText } from './prometheus-text.ts';
import { type BatchReceipt, RunningTotals } from './running-totals.ts';

const NOW_UNIX_S = 1_800_000_000;

/** Times as a sender with a right clock writes them. */
function at(offsetSeconds: number): string {
  return String(BigInt(NOW_UNIX_S + offsetSeconds) * 1_000_000_000n);
}

/** The outcome of what happened to most. */
function outcomeOf({ points, duplicatePoints, refusals }: BatchReceipt): readonly string[] {
  return [
    ...(points > 0 ? ['counted'] : []),
    ...(duplicatePoints > 0 ? ['repeat'] : []),
    ...(refusals.length > 0 ? ['refused'] : []),
  ];
}

/** What a receipt says of each outcome: right names and times are counted too. */
const EXPECTED = {
  counted: ['counted'],
  normalised: ['counted'],
  forgotten: ['counted'],
  repeat: ['counted', 'repeat'],
  refused: ['refused'],
} as const;

it.each(INGEST_RULES)('$given: $receiver', ({ example, receiver, shown }) => {
  const totals = new RunningTotals(DIGESTS, {}, () => NOW_UNIX_S * 1_000);
  const resource = { 'service.instance.id': 'r', 'ephemetry.batch.sequence': 1 };
  const batches = readRequest(otlpJson.request(resource, example(at)), NOW_UNIX_S * 1_000);
  const [receipt] = batches.map((batch) => totals.merge(batch));
  expect(receipt && outcomeOf(receipt)).toEqual(EXPECTED[receiver]);
  const text = prometheusText(totals.snapshot());
  expect(text === '' ? {} : parseExposition(text)).toEqual(shown);
});
