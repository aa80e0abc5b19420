/** How often things are run. */
export interface Effort {
  /** Rounds of whole processes. */
  readonly rounds: number;
  /** Rounds of processes that wait for a Collector that never answers. */
  readonly slowRounds: number;
  /** Programs in a row that meet a Collector which answers late. */
  readonly lateRuns: number;
  /** Processes that measure many repetitions of something inside. */
  readonly longRounds: number;
  /** Sessions persisted in one process. */
  readonly sessions: number;
  /** How long `add` is called in one process, in milliseconds. */
  readonly addMs: number;
  /** Hostile senders, and how long another one sends nonsense, in milliseconds. */
  readonly attacks: number;
  readonly fuzzMs: number;
}

/** For figures that are compared. About three minutes. */
export const THOROUGH: Effort = {
  rounds: 41,
  slowRounds: 9,
  lateRuns: 4,
  longRounds: 5,
  sessions: 2000,
  addMs: 2000,
  attacks: 100,
  fuzzMs: 20_000,
};
/** For knowing that the bench works. */
export const QUICK: Effort = {
  rounds: 3,
  slowRounds: 1,
  lateRuns: 2,
  longRounds: 1,
  sessions: 300,
  addMs: 200,
  attacks: 3,
  fuzzMs: 1_000,
};
