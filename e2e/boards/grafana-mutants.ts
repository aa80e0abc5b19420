/** Expressions with one mistake each: a comparison that does not notice them proves nothing. */
import type { PanelDefinition } from '@ephemetry/grafana';

/** What is written, and what is written instead. */
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/"fail"/g, '"pass"'],
  [/"pass"/g, '"fail"'],
  [/"pass\|fail"/g, '"pass|fail|unknown"'],
  [/histogram_quantile\(0\.\d+/g, 'histogram_quantile(0.2'],
  [/topk\(15/g, 'topk(14'],
  // Behind resets() it takes the first value away, which is 0 for most counters of a real gateway: no population of
  // ours shows it. The histories of grafana-first-values.e2e.ts do.
  [/(?<!resets\([^()]*\)) > 0(?!\.)/g, ''],
  [/by \((?:le, )?phase\b/g, 'by (le, role'],
  [/by \((?:role|group|outcome|profile)\b/g, 'by (le'],
  [/, (?:direction|decision)\)/g, ')'],
  [/\b0\.05\b/g, '0.04'],
  [/"otlp"/g, '"otlp/totals"'],
  [/"limit"/g, '"delta.ErrOutOfOrder"'],
  [/"delta.ErrOutOfOrder"/g, '"limit"'],
  [/_(?:sent|send_failed)_/g, '_queue_'],
  [/_remote_write\/amp/g, ''],
  [/by \((?:reason|filter|exporter|job)\b/g, 'by (le'],
  // Everything counts that is there for the first time.
  [/\((?=\w+\{[^}]*\} unless)/g, '(0.5 * '],
];

/** In a quantile a factor has no effect, nor has it where the first value counts already. */
const FACTOR: readonly [RegExp, string] = [/(?<! or )increase\(/g, '0.5 * increase('];

/** Labels by which a reader chooses: forgotten everywhere at once, as one forgets them. */
const CHOICES = ['cluster', 'group', 'phase', 'role'];

/** All wrong expressions that can be made of a right one: one place is wrong, or each that says the same thing. */
function mutantsOf(expr: string): readonly string[] {
  const mistakes = expr.startsWith('histogram_quantile') ? MISTAKES : [...MISTAKES, FACTOR];
  const isRepeated = expr.includes(' unless ');
  const wrong = mistakes.flatMap(([pattern, instead]) =>
    isRepeated
      ? [expr.replaceAll(pattern, instead)]
      : [...expr.matchAll(pattern)].map(
          ({ index, 0: found }) => expr.slice(0, index) + instead + expr.slice(index + found.length),
        ),
  );
  const forgotten = CHOICES.map((label) => expr.replaceAll(new RegExp(`\\b${label}=~"\\$\\w+",?`, 'g'), ''));
  return [...wrong, ...forgotten].filter((mutant) => mutant !== expr);
}

/**
 * The expressions with a mistake that nobody notices.
 *
 * @param differences - one line for everything that a panel shows and should not
 */
export async function unnoticedMutants(
  panels: readonly PanelDefinition[],
  differences: (panel: PanelDefinition) => AsyncIterable<readonly string[]>,
): Promise<readonly string[]> {
  const isNoticed = async (panel: PanelDefinition): Promise<boolean> => {
    try {
      for await (const lines of differences(panel)) if (lines.length > 0) return true;
      return false;
    } catch {
      // Two series under one name, or no expression at all.
      return true;
    }
  };
  const mutants = panels.flatMap(mutantPanels);
  const unnoticed: string[] = [];
  const pending = mutants.values();
  const worker = async (): Promise<void> => {
    for (const { panel, expr } of pending) {
      if (!(await isNoticed(panel))) unnoticed.push(`${panel.title}: ${expr}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  console.log(`${mutants.length} expressions with a mistake, ${unnoticed.length} of them not noticed`);
  return unnoticed;
}

/** The panel with one mistake in one of its queries, for each mistake. */
function mutantPanels(
  panel: PanelDefinition,
): readonly { readonly panel: PanelDefinition; readonly expr: string }[] {
  return panel.queries.flatMap((query) =>
    mutantsOf(query.expr).map((expr) => {
      const queries = panel.queries.map((each) => (each === query ? { ...each, expr } : each));
      return { panel: { ...panel, queries }, expr };
    }),
  );
}
