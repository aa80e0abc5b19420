/** What `/metrics` shows of a forge: sums and facts of the history, as the last collect left them. */

import { FORGE_METRICS } from '@ephemetry/contract';
import {
  createForgeRecorder,
  declareCounts,
  type ForgeHistory,
  type ForgeRepository,
  type ForgeTotal,
  readGauges,
} from '@ephemetry/forge';
import type { FamilySnapshot } from '@ephemetry/receiver';
import { createScrapeMeter } from '../serve/scrape-meter.ts';
import { type HistogramTotal, type KeptTotals, keyOf } from '../serve/scrape-totals.ts';

/** Reads both anew. A sum is in the history before it is shown, so it never goes back. */
export async function forgeFamilies(
  history: ForgeHistory,
  repositories: readonly ForgeRepository[],
): Promise<readonly FamilySnapshot[]> {
  const labels = new Set(repositories.map(({ name, label = name }) => label));
  const isWanted = ({ repository }: Readonly<Record<string, string>>): boolean =>
    repository === undefined || labels.has(repository);
  const scraped = createScrapeMeter(keptTotals(await history.totals()), isWanted);
  declareCounts(scraped.meter);
  createForgeRecorder(scraped.meter).record(await readGauges(history, repositories));
  return scraped.families();
}

function keptTotals(totals: readonly ForgeTotal[]): KeptTotals {
  const counters: Record<string, Record<string, number>> = {};
  const histograms: Record<string, Record<string, HistogramTotal>> = {};
  for (const { key, labels, total } of totals) {
    const { name } = FORGE_METRICS[key];
    if (total.kind === 'number') counters[name] = { ...counters[name], [keyOf(labels)]: total.value };
    else histograms[name] = { ...histograms[name], [keyOf(labels)]: total };
  }
  return { counters, histograms };
}
