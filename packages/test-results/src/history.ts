/** What runs say together: an entry of its own, as whoever counts one run needs no database. */
export type { Forgotten } from './history/forget-runs.ts';
export {
  clearFlaky,
  findTests,
  type NamedTest,
  readTestHistory,
  type TestPast,
} from './history/named-tests.ts';
export { type History, historyFault, type OpenHistoryOptions, openHistory } from './history/open-history.ts';
export { type FlakyAnswer, type FlakyQuestion, type FlakyTest, readFlaky } from './history/read-flaky.ts';
export {
  type Remembered,
  type RememberedRun,
  type RememberOptions,
  rememberRun,
} from './history/remember-run.ts';
