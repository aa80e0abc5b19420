/** Which tests are flaky now, by what is known of their flips and of the runs since. Pure. */

/** A test that ran so often on later commits without a flip is not flaky any more. */
export const QUIET_RUNS = 50;

/** A flip of one test in one environment. */
export interface Flip {
  readonly runNumber: number;
  /** Undefined where it is not known. */
  readonly commit: string | undefined;
  readonly unixMs: number;
}

/** A run in which the test passed or failed. */
export interface TestRun {
  readonly runNumber: number;
  readonly commit: string | undefined;
  readonly attempts: number;
}

/** What shows that a test is flaky. */
export interface Evidence {
  /** Commits on which it flipped, of those on which it ran. */
  readonly flips: number;
  readonly commits: number;
  readonly runs: number;
  readonly attempts: number;
  readonly lastFlipUnixMs: number;
}

/** What orders commits: when the first run of one was recorded. */
export type FirstSeen = (commit: string) => number;

/**
 * Which runs of a test are on commits later than that of its last flip.
 *
 * @param flips those that count, at least one
 */
export function laterThan(
  flips: readonly Flip[],
  firstSeen: FirstSeen,
): { readonly last: Flip; readonly isLater: (run: Pick<TestRun, 'runNumber' | 'commit'>) => boolean } {
  const last = flips.reduce((latest, flip) => (flip.unixMs >= latest.unixMs ? flip : latest));
  const since = last.commit === undefined ? last.runNumber : firstSeen(last.commit);
  const isLater = ({ commit, runNumber }: Pick<TestRun, 'runNumber' | 'commit'>): boolean =>
    commit !== undefined && commit !== last.commit && runNumber > last.runNumber && firstSeen(commit) > since;
  return { last, isLater };
}

/**
 * The evidence of one test within the window; undefined when it is not flaky any more.
 *
 * @param flips those that count: within the window, and after it was cleared
 * @param runs those of the window
 * @param firstSeen when the first run of a commit was recorded: orders commits
 */
export function evidenceOf(
  flips: readonly Flip[],
  runs: readonly TestRun[],
  firstSeen: FirstSeen,
): Evidence | undefined {
  if (flips.length === 0) return undefined;
  const { last, isLater } = laterThan(flips, firstSeen);
  if (runs.filter(isLater).length >= QUIET_RUNS) return undefined;
  return {
    flips: new Set(flips.map(commitOrRun)).size,
    commits: new Set([...flips, ...runs].map(commitOrRun)).size,
    runs: runs.length,
    attempts: runs.reduce((sum, { attempts }) => sum + attempts, 0),
    lastFlipUnixMs: last.unixMs,
  };
}

/** A run of an unknown commit stands for itself. */
function commitOrRun({ commit, runNumber }: Flip | TestRun): string {
  return commit ?? `run ${runNumber}`;
}
