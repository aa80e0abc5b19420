/** Options of `tests report`: which reports, what is told of their run, and which of them make it fail. */
import { UNKNOWN } from '@ephemetry/contract';
import {
  REPORT_OUTCOMES,
  type ReportOutcome,
  RUNNERS,
  type Runner,
  type SameId,
} from '@ephemetry/test-results';
import {
  argument,
  defaulted,
  flag,
  InvalidValue,
  type Options,
  optional,
  repeated,
} from '../command-line/option.ts';
import { filePath, oneOf, someText, wholeNumber } from '../command-line/readers.ts';
import { CONFIG, labelName } from '../configuration/config-option.ts';
import { DELIVERY_OPTIONS, type DeliveryValues } from '../drain/delivery-options.ts';
import { HISTORY, WINDOW } from './history-options.ts';

/** How a run is printed. */
type Format = 'table' | 'markdown' | 'json';

/** What they hold. */
export interface ReportValues extends DeliveryValues {
  readonly path: readonly string[];
  readonly config: string | undefined;
  readonly suite: string | undefined;
  readonly runId: string | undefined;
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  readonly defaultBranch: string;
  readonly environment: string | undefined;
  readonly history: string | undefined;
  readonly flakyWindow: number | undefined;
  readonly runner: Runner | undefined;
  readonly sameId: SameId | undefined;
  readonly expect: number | undefined;
  readonly coverage: readonly string[];
  readonly dryRun: boolean;
  readonly format: Format;
  readonly json: boolean;
  readonly failOn: readonly ReportOutcome[];
}

/** Reports that were not read, or are lost. */
const NOT_READ: readonly ReportOutcome[] = ['hollow', 'malformed', 'refused', 'foreign', 'lost'];

export const REPORT_OPTIONS: Options<ReportValues> = {
  path: argument({ ...repeated('path', 'reports: files, folders and globs', filePath), isRequired: true }),
  config: CONFIG,
  suite: optional('name', 'the suite, as ephemetry.yaml declares it or any name', labelName(), UNKNOWN),
  runId: optional(
    'text',
    'names this run, together with its reports: other reports are another run',
    someText,
    'what the CI system calls it',
  ),
  commit: optional('hash', 'the commit that was tested', someText, 'as the CI system or git says'),
  branch: optional('name', 'the branch that was tested', someText, 'as the CI system or git says'),
  defaultBranch: defaulted('name', 'the branch whose last run is shown', someText, 'main'),
  environment: optional(
    'text',
    'where it ran: runs of different ones are not compared',
    someText,
    'the system, the architecture, the runner and its version',
  ),
  history: HISTORY,
  flakyWindow: WINDOW,
  runner: optional('runner', `who wrote the reports: ${RUNNERS.join(', ')}`, oneOf(RUNNERS), 'as they look'),
  sameId: optional(
    'meaning',
    'what two cases of one name are: retry or separate',
    oneOf<SameId>(['retry', 'separate']),
    'as the runner writes them',
  ),
  expect: optional('number', 'how many reports there must be', wholeNumber(1, 1_000_000)),
  coverage: repeated(
    'file',
    'coverage of the run: Cobertura, LCOV, JSON of coverage.py, JaCoCo, Clover or Go; files and globs',
    filePath,
  ),
  dryRun: flag('print the run, send and remember nothing'),
  format: defaulted(
    'format',
    'table, markdown or json',
    oneOf<Format>(['table', 'markdown', 'json']),
    'table',
  ),
  json: flag('print one JSON object'),
  failOn: {
    value: 'outcomes',
    help: 'outcomes of reports that make the exit code 1, with commas',
    fallback: NOT_READ.join(','),
    read: (text) => (text === undefined ? NOT_READ : reportOutcomes(text)),
  },
  ...DELIVERY_OPTIONS,
};

function reportOutcomes(given: string): readonly ReportOutcome[] {
  return given.split(',').map((word) => {
    const outcome = REPORT_OUTCOMES.find((each) => each === word.trim());
    if (outcome !== undefined) return outcome;
    throw new InvalidValue(`allowed: some of ${REPORT_OUTCOMES.join(', ')}, with commas`);
  });
}
