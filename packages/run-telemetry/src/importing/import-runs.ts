/** Recognises what other tools write, by its content. */
import type { ImportedRun } from './imported-event.ts';
import { isInspect, readInspect } from './inspect.ts';
import { isTauBench, readTauBench } from './tau-bench.ts';

const IMPORTERS: readonly {
  readonly recognises: (value: unknown) => boolean;
  readonly read: (value: unknown, file: string | undefined) => readonly ImportedRun[];
}[] = [
  { recognises: isTauBench, read: readTauBench },
  { recognises: isInspect, read: readInspect },
];

/** The runs of a document of another tool; undefined for anything else, such as lines of events. */
export function importRuns(given: string, file: string | undefined): readonly ImportedRun[] | undefined {
  const text = given.replace(/^\ufeff/, '');
  if (!/^\s*[[{]/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return IMPORTERS.find(({ recognises }) => recognises(value))?.read(value, file);
}
