export { FLAKY_WINDOW_DAYS, HISTORY_LIMIT_BYTES, KEPT_DAYS } from './history/limits.ts';
export {
  judgeRun,
  type NotableTest,
  type Run,
  type RunFacts,
  type RunReport,
  type RunResult,
} from './judging/judge-run.ts';
export type { JudgingOptions } from './judging/report-tally.ts';
export type { SameId } from './judging/retry-rule.ts';
export type { RunTests } from './judging/test-table.ts';
export type { SlowTest } from './judging/test-times.ts';
export { type CollectedCoverage, collectCoverage } from './line-coverage/collect-coverage.ts';
export { type ReadCoverage, readCoverage } from './line-coverage/read-coverage.ts';
export { environmentOf, type Machine } from './origin/environment.ts';
export { type AskGit, branchKind, isTreeChanged, type RunOrigin, runOrigin } from './origin/run-origin.ts';
export {
  OUTCOMES,
  type Outcome,
  type OutcomeCounts,
  REPORT_OUTCOMES,
  type ReportOutcome,
} from './outcome.ts';
export { type ReadOptions, readReport } from './reading/read-report.ts';
export type { ReadReport } from './reading/report-reading.ts';
export { RUNNERS, type Runner } from './reading/runner.ts';
export {
  type BranchKind,
  type Coverage,
  type HistoryFindings,
  type RunLabels,
  recordRun,
} from './recording/record-run.ts';
export { type CollectedRun, collectRun } from './run/read-run.ts';
export { type Category, categoryFinder, categoryNames, type Suite } from './suite.ts';
export type { TestName } from './test-case.ts';
