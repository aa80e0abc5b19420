/** Readings into gauges, so that what is not known any more is not shown any more. */
import { FORGE_METRICS, instrumentOptions } from '@ephemetry/contract';
import type { Meter, ObservableGauge } from '@opentelemetry/api';
import {
  GAUGE_KEYS,
  type GaugeKey,
  type GaugeReading,
  gaugeReadings,
  LONGEST_WINDOW_MS,
} from '../facts/forge-reading.ts';
import type { ForgeRepository } from '../forge-repository.ts';
import type { ForgeHistory } from '../history/forge-history.ts';

/** Shows readings. */
export interface ForgeRecorder {
  /** Makes these what the gauges say from now on. */
  readonly record: (readings: readonly GaugeReading[]) => void;
}

/** Records each reading once, for a gateway: what is not known there is NaN, so that no older value lasts. */
export function recordReadings(meter: Meter, readings: readonly GaugeReading[]): void {
  const gauges = new Map(
    GAUGE_KEYS.map((key) => [
      key,
      meter.createGauge(FORGE_METRICS[key].name, instrumentOptions(FORGE_METRICS[key])),
    ]),
  );
  for (const { key, labels, value } of readings) gauges.get(key)?.record(value ?? Number.NaN, labels);
}

/** Makes the gauges of the family `forge` on a meter that is scraped: what is not known has no sample. */
export function createForgeRecorder(meter: Meter): ForgeRecorder {
  const gauges = new Map<GaugeKey, ObservableGauge>(
    GAUGE_KEYS.map((key) => [
      key,
      meter.createObservableGauge(FORGE_METRICS[key].name, instrumentOptions(FORGE_METRICS[key])),
    ]),
  );
  let latest: readonly GaugeReading[] = [];
  meter.addBatchObservableCallback(
    (result) => {
      for (const { key, labels, value } of latest) {
        const gauge = gauges.get(key);
        if (gauge !== undefined && value !== undefined) result.observe(gauge, value, labels);
      }
    },
    [...gauges.values()],
  );
  return {
    record: (readings) => {
      latest = readings;
    },
  };
}

/** What the gauges say of the facts in a history. */
export async function readGauges(
  history: ForgeHistory,
  repositories: readonly ForgeRepository[],
): Promise<readonly GaugeReading[]> {
  const known = [];
  for (const repository of repositories) {
    const facts = await history.facts(repository.name, LONGEST_WINDOW_MS);
    if (facts !== undefined) known.push({ repository, facts });
  }
  return gaugeReadings(known);
}
