/**
 * What the analyzer must say, counted a second time: written from docs/guide/merge-analyzer.md alone, and sharing no
 * code with the analyzer. Slow and plain: every rate from its whole history, every state from the first merge on.
 */

/** An event of the orchestrator as it was committed. */
export interface CommittedEvent {
  readonly id: number;
  readonly workItemId: string | null;
  readonly payload: unknown;
  /** What the work item said when this was written: what a payload that leaves something out stands for. */
  readonly itemThen: Facts | null;
}

/** What decides of a merge. */
export interface Facts {
  readonly attempts: number;
  readonly verdict: string | null;
  readonly project: string;
}

/** What must become of the first merge event of a work item. */
export type Expected =
  | { readonly kind: 'counts'; readonly eventId: number; readonly facts: Facts }
  | { readonly kind: 'aside'; readonly eventId: number; readonly reason: string }
  /** It left something out and moved on: counted if it was read before that, else set aside. Both are right. */
  | { readonly kind: 'either'; readonly eventId: number; readonly facts: Facts };

/** A merge that counts, with what the rates need. */
export interface CountedMerge extends Facts {
  readonly eventId: string;
  readonly workItemId: string;
}

/** Thresholds in percent: at most `low`, at least `high`. */
export interface Rules {
  readonly firstPass: { readonly window: number; readonly low: number; readonly high: number };
  readonly conflicts: { readonly window: number; readonly low: number; readonly high: number };
  readonly attempts: { readonly window: number };
}

type State = 'unknown' | 'low' | 'high';

/** A crossing as a consumer tells it from others, with what it says. */
export interface ExpectedCrossing {
  readonly metric: 'first_pass_merge_rate' | 'rebase_conflict_rate';
  readonly scope: string;
  readonly direction: 'up' | 'down';
  readonly numerator: number;
  readonly denominator: number;
  readonly previous: State;
  readonly workItemId: string;
}

/** All rates after a merge, of everything and of its project. */
export interface ExpectedRates {
  readonly firstPass: number | null;
  readonly firstPassState: State;
  readonly conflicts: number | null;
  readonly conflictsState: State;
  readonly p95: number | null;
  readonly projectConflicts: number | null;
  readonly projectConflictsState: State;
  readonly source: 'project' | 'global';
  readonly projectP95: number | null;
}

/** What must become of every work item, and of events that belong to none. */
export function expectItems(events: readonly CommittedEvent[]): {
  readonly items: ReadonlyMap<string, Expected>;
  readonly unreadable: readonly number[];
} {
  const items = new Map<string, Expected>();
  const unreadable: number[] = [];
  for (const event of [...events].sort((left, right) => left.id - right.id)) {
    const { id, workItemId, payload } = event;
    if (typeof payload === 'string' && payload.includes('merged')) unreadable.push(id);
    if (!isObject(payload) || payload['target'] !== 'merged') continue;
    if (workItemId === null) unreadable.push(id);
    else if (!items.has(workItemId)) items.set(workItemId, expectMerge(event, events));
  }
  return { items, unreadable };
}

function expectMerge(
  { id, workItemId, payload, itemThen }: CommittedEvent,
  events: readonly CommittedEvent[],
): Expected {
  const said = isObject(payload) ? payload : {};
  const aside = (reason: string): Expected => ({ kind: 'aside', eventId: id, reason });
  if (said['ahead'] === true) return aside('clock-ahead');
  const attempts = said['attempts'] ?? null;
  if (attempts !== null && !(Number.isInteger(attempts) && Number(attempts) >= 1)) return aside('attempts');
  const verdict = said['last_verdict'];
  if (verdict !== undefined && verdict !== null && typeof verdict !== 'string') return aside('verdict');
  const project = said['project'] ?? null;
  if (project !== null && (typeof project !== 'string' || project.trim() === '')) return aside('project');
  const asksItem = attempts === null || verdict === undefined || project === null;
  if (asksItem && itemThen === null) return aside('facts-unknown');
  const facts = {
    attempts: attempts === null ? (itemThen?.attempts ?? 0) : Number(attempts),
    verdict: verdict === undefined ? (itemThen?.verdict ?? null) : verdict,
    project: project ?? itemThen?.project ?? '',
  };
  const hasMovedOn = events.some(
    (other) =>
      other.workItemId === workItemId &&
      other.id > id &&
      isObject(other.payload) &&
      typeof other.payload['target'] === 'string',
  );
  return { kind: asksItem && hasMovedOn ? 'either' : 'counts', eventId: id, facts };
}

/** The rates after each merge, and every crossing. */
export function recount(merges: readonly CountedMerge[], rules: Rules) {
  const crossings: ExpectedCrossing[] = [];
  const after = merges.map((merge, index): ExpectedRates => {
    const all = merges.slice(0, index + 1);
    const own = all.filter(({ project }) => project === merge.project);
    const { window } = rules.conflicts;
    const ownConflicts = countNewest(own, window, isConflict);
    const conflicts = countNewest(all, window, isConflict);
    const global = {
      firstPassState: stateOf(all, rules.firstPass, isFirstPass),
      conflictsState: stateOf(all, rules.conflicts, isConflict),
    };
    const ownState = stateOf(own, rules.conflicts, isConflict);
    note('first_pass_merge_rate', 'global', all, rules.firstPass, isFirstPass, merge);
    note('rebase_conflict_rate', 'global', all, rules.conflicts, isConflict, merge);
    // With the merge that fills its own window the project changes from the global rate to its own: no crossing.
    if (own.length > window)
      note('rebase_conflict_rate', `project:${merge.project}`, own, rules.conflicts, isConflict, merge);
    return {
      firstPass: countNewest(all, rules.firstPass.window, isFirstPass),
      ...global,
      conflicts,
      p95: p95Of(all, rules.attempts.window),
      projectConflicts: ownConflicts ?? conflicts,
      projectConflictsState: ownConflicts === null ? global.conflictsState : ownState,
      source: ownConflicts === null ? 'global' : 'project',
      projectP95: p95Of(own, rules.attempts.window),
    };
  });
  return { after, crossings };

  function note(
    metric: ExpectedCrossing['metric'],
    scope: string,
    history: readonly CountedMerge[],
    rule: Rules['conflicts'],
    counts: (merge: CountedMerge) => boolean,
    merge: CountedMerge,
  ): void {
    const previous = stateOf(history.slice(0, -1), rule, counts);
    const now = stateOf(history, rule, counts);
    if (previous === now) return;
    crossings.push({
      metric,
      scope,
      direction: now === 'high' ? 'up' : 'down',
      numerator: countNewest(history, rule.window, counts) ?? -1,
      denominator: rule.window,
      previous,
      workItemId: merge.workItemId,
    });
  }
}

/** The threshold that was reached last, at any of the merges with a full window. */
function stateOf(
  history: readonly CountedMerge[],
  { window, low, high }: Rules['conflicts'],
  counts: (merge: CountedMerge) => boolean,
): State {
  for (let end = history.length; end >= window; end -= 1) {
    const percent = (100 * (countNewest(history.slice(0, end), window, counts) ?? 0)) / window;
    if (percent >= high) return 'high';
    if (percent <= low) return 'low';
  }
  return 'unknown';
}

/** Null until the window is full. */
function countNewest(
  history: readonly CountedMerge[],
  window: number,
  counts: (merge: CountedMerge) => boolean,
): number | null {
  return history.length < window ? null : history.slice(-window).filter(counts).length;
}

/** The smallest number of attempts that 95 % of the window do not exceed. */
function p95Of(history: readonly CountedMerge[], window: number): number | null {
  if (history.length < window) return null;
  const newest = history.slice(-window).map(({ attempts }) => attempts);
  const isEnough = (attempts: number): boolean =>
    100 * newest.filter((each) => each <= attempts).length >= 95 * window;
  return Math.min(...newest.filter(isEnough));
}

function isFirstPass({ attempts }: CountedMerge): boolean {
  return attempts === 1;
}

function isConflict({ verdict }: CountedMerge): boolean {
  return verdict === 'rebase_conflict';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
