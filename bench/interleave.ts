/** Runs variants in turns, so that what slows the machine down slows all of them down. */
import type { ProcessRun } from './process-run.ts';

/** One run of a variant. */
export type Variant = () => Promise<ProcessRun>;

/** Gives the run of a variant in one round. */
export type Round<Names extends string> = (name: Names) => ProcessRun;

/** A B A B …, after one round that only warms up. Returns the rounds, each with one run of every variant. */
export async function interleave<const Names extends string>(
  rounds: number,
  variants: Readonly<Record<Names, Variant>>,
): Promise<Round<Names>[]> {
  const measured: Round<Names>[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const runs = new Map<string, ProcessRun>();
    for (const [name, run] of Object.entries<Variant>(variants)) runs.set(name, await run());
    if (round > 0) measured.push((name) => runOf(runs, name));
  }
  return measured;
}

function runOf(runs: ReadonlyMap<string, ProcessRun>, name: string): ProcessRun {
  const run = runs.get(name);
  if (run === undefined) throw new Error(`no variant "${name}" was run`);
  return run;
}
