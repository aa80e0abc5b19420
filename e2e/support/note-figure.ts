/** Figures that a test measures on its way, for `pnpm bench:gateway`, which runs it. */
import { appendFileSync, readFileSync } from 'node:fs';

/** What is measured here; `e2e/bench/suites.ts` holds each to its bar. */
export const SUITE_FIGURES = [
  'gateway.memory.attacked',
  'gateway.memory.fuzzed',
  'gateway.amp.lost',
  'gateway.amp.lost_uncatalogued',
  'gateway.victoria_metrics.lost',
  'gateway.sdk.wrong',
] as const;

/** One of {@link SUITE_FIGURES}. */
export type SuiteFigure = (typeof SUITE_FIGURES)[number];

/** Notes a value in the file that E2E_FIGURES names; nowhere when it names none. */
export function noteFigure(name: SuiteFigure, value: number): void {
  const file = process.env['E2E_FIGURES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ name, value })}\n`);
}

/** The largest value that was noted of each. @throws {Error} when one was not */
export function notedFigures(file: string): ReadonlyMap<SuiteFigure, number> {
  const lines: readonly { readonly name: string; readonly value: number }[] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return new Map(
    SUITE_FIGURES.map((name) => {
      const values = lines.filter((line) => line.name === name).map(({ value }) => value);
      if (values.length === 0) throw new Error(`no test noted ${name}`);
      return [name, Math.max(...values)];
    }),
  );
}
