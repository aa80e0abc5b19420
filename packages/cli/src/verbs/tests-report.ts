/** `ephemetry tests report`: counts one run of a suite from the reports that its runner wrote. */
import { UNKNOWN } from '@ephemetry/contract';
import { type DrainReport, resolveSettings } from '@ephemetry/exporter';
import { locateSpool } from '@ephemetry/exporter/spool';
import {
  branchKind,
  type CollectedRun,
  categoryFinder,
  categoryNames,
  collectCoverage,
  collectRun,
  environmentOf,
  type HistoryFindings,
  isTreeChanged,
  judgeRun,
  REPORT_OUTCOMES,
  type ReportOutcome,
  RUNNERS,
  type Runner,
  type RunOrigin,
  type RunReport,
  recordRun,
  runOrigin,
  type SameId,
  type Suite,
} from '@ephemetry/test-results';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, defaulted, flag, InvalidValue, optional, repeated } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import { filePath, oneOf, someText, wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { CONFIG, labelName, openedOrTold } from '../configuration/config-option.ts';
import { givenLabel } from '../configuration/given-label.ts';
import { namesDirectory } from '../configuration/remembered-names.ts';
import { DELIVERY_OPTIONS, type DeliveryValues } from '../drain/delivery-options.ts';
import { drainLines } from '../drain/drain-lines.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { snakeCased } from '../terminal/snake-cased.ts';
import { HISTORY, HISTORY_VARIABLE, historyPaths, historyPlace, WINDOW } from '../tests/history-options.ts';
import { problemsOf } from '../tests/problems.ts';
import type { RunToRemember } from '../tests/run-history.ts';
import { type ReportedRun, RUN_JSON, runJson } from '../tests/run-json.ts';
import { runLines } from '../tests/run-lines.ts';
import { runMarkdown } from '../tests/run-markdown.ts';
import { sendRun } from '../tests/send-run.ts';

type Format = 'table' | 'markdown' | 'json';

interface Values extends DeliveryValues {
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
  readonly failOn: readonly ReportOutcome[] | undefined;
}

export const verb: Verb = defineVerb<Values>({
  name: 'tests report',
  summary: 'Count one run of a test suite from its JUnit XML reports, and send it.',
  help: `Give it all reports of one run at once: files, folders (every .xml in them) and globs. Totals are counted from the test cases; what a report claims of itself is not used. A test that ran several times counts once, by its last attempt.

Coverage is counted in lines (in statements where the format has no lines: Clover and Go), each once however often files repeat it; percentages that a file claims are not used. If one of the files cannot be read, no coverage is sent.

A report counts whole or not at all. A named file that is not there, and a report whose .started mark was left behind, are lost: the run is incomplete.

The categories of a suite are those that ephemetry.yaml declares; their patterns start from the working directory. A suite that it does not declare has the category unknown alone, and its name is one of 64 that are remembered in the spool: the next one is recorded as unknown.

With --history the run is remembered and compared with earlier ones: tests that passed and failed on one commit, tests that broke or were fixed on the default branch, and how many are flaky now. A run whose commit is not known, or in whose working tree files were changed, is compared with none.

The same run, pushed twice, counts once at the gateway and at ephemetry receive: its identity is --run-id, else what the CI system calls the run together with a digest of the reports.`,
  examples: [
    'ephemetry tests report junit.xml --suite app',
    'ephemetry tests report reports/ --suite hermes --expect 900 --format markdown',
    'ephemetry tests report reports/ --suite hermes --config deploy/ephemetry.yaml',
    'ephemetry tests report reports/ --suite hermes --history ./history',
    'ephemetry tests report junit.xml --suite app --coverage coverage/lcov.info',
    'ephemetry tests report "out/**/TEST-*.xml" --dry-run --json',
  ],
  exits: {
    done: 'every report was read, also when tests failed',
    failed:
      'a report was not read or is lost (--fail-on says which of these count), a coverage file was not read, the run could not be kept or remembered, or ephemetry.yaml is wrong or cannot be read',
  },
  options: {
    path: argument({ ...repeated('path', 'reports: files, folders and globs', filePath), isRequired: true }),
    config: CONFIG,
    suite: optional('name', 'the suite, as ephemetry.yaml declares it or any name', labelName(), UNKNOWN),
    runId: optional(
      'text',
      'names this run',
      someText,
      'what the CI system calls it and a digest of the reports',
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
    runner: optional(
      'runner',
      `who wrote the reports: ${RUNNERS.join(', ')}`,
      oneOf(RUNNERS),
      'as they look',
    ),
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
    failOn: optional(
      'outcomes',
      'outcomes of reports that make the exit code 1, with commas',
      reportOutcomes,
      'hollow,malformed,refused,foreign,lost',
    ),
    ...DELIVERY_OPTIONS,
  },
  json: RUN_JSON,
  run: testsReport,
});

const NOT_READ: readonly ReportOutcome[] = ['hollow', 'malformed', 'refused', 'foreign', 'lost'];

function reportOutcomes(given: string): readonly ReportOutcome[] {
  return given.split(',').map((word) => {
    const outcome = REPORT_OUTCOMES.find((each) => each === word.trim());
    if (outcome !== undefined) return outcome;
    throw new InvalidValue(`allowed: some of ${REPORT_OUTCOMES.join(', ')}, with commas`);
  });
}

async function testsReport(values: Values, output: Output): Promise<ExitCode> {
  const opened = openedOrTold(values.config, process.env, output);
  if (opened === undefined) return EXIT_CODE.failed;
  const { suites } = opened.configuration;
  const given = values.suite ?? UNKNOWN;
  const suite: Suite = suites.find(({ name }) => name === given) ?? { name: given, categories: [] };
  const { runner, sameId, expect } = values;
  const root = process.cwd();
  const categoryOf = categoryFinder(suite, root);
  const origin = runOrigin(process.env);
  // What the CI system names needs no time of a push: pushed again, it is the same run.
  const now = origin.runId === undefined ? Date.now : () => 0;
  const collected = collectRun(values.path, { categoryOf, root, ...present({ runner, sameId }) }, now);
  if (collected.reports.length === 0 && collected.lost.length === 0 && expect === undefined) {
    output.printError(
      'nothing is sent: there is no report; name files, folders with .xml files, or globs in quotes\n',
    );
    return EXIT_CODE.failed;
  }
  const isRecorded = !values.dryRun && resolveSettings({}, process.env).enabled;
  const { value: label, remark } = givenLabel({
    label: 'suite',
    name: values.suite,
    declared: suites.map(({ name }) => name),
    namesDirectory: namesDirectory(process.env, values.spoolDir),
    isRecorded,
  });
  if (remark !== undefined) output.printError(`${remark}\n`);
  const categories = categoryNames(suite);
  const run = judgeRun(collected.reports, {
    lost: collected.lost.length,
    categories,
    ...(expect === undefined ? {} : { expected: expect }),
  });
  const commit = values.commit ?? origin.commit;
  const branch = values.branch ?? origin.branch;
  const { coverage, problems: unread, files: coverageFiles } = collectCoverage(values.coverage);
  const problems = [...problemsOf(collected, run.reports.lost), ...unread];
  const name = values.runId ?? [origin.runId ?? '', collected.digest].join(' ');
  // As it was given: two suites that are recorded as unknown are two runs.
  const identity = JSON.stringify(['tests report', suite.name, name]);
  const endUnixMs = endOf(run.endUnixMs, collected.reports);
  const kind = branchKind(
    values.branch === undefined ? origin : { branch: values.branch },
    values.defaultBranch,
  );
  const labels = { suite: label, branch: kind, categories, endUnixMs };
  const place = isRecorded ? historyPlace(values.history, process.env) : undefined;
  const history =
    place === undefined
      ? undefined
      : await remembered(
          values,
          place,
          { ...collected, coverageFiles },
          origin,
          { ...labels, identity, suite: suite.name, run },
          output,
        );
  if (place !== undefined && history === undefined) {
    output.printError(
      `nothing is sent; report without --history (${HISTORY_VARIABLE}) to count the run alone\n`,
    );
    return EXIT_CODE.failed;
  }
  const reported: ReportedRun = { suite: label, commit, branch, run, coverage, problems, history };
  const sent = values.dryRun
    ? undefined
    : await sendRun(values, identity, endUnixMs, (meter) =>
        recordRun(meter, run, { ...labels, ...present({ history, coverage }) }),
      );
  print(values, reported, sent?.delivery, output);
  if (sent?.spooled.kind === 'refused') {
    output.printError(`nothing is sent: ${sent.spooled.message}\n`);
    return EXIT_CODE.failed;
  }
  if (unread.length > 0) return EXIT_CODE.failed;
  const isBad = (values.failOn ?? NOT_READ).some((outcome) => run.reports[outcome] > 0);
  return isBad ? EXIT_CODE.failed : EXIT_CODE.done;
}

/** Loads the database, which no other run needs. */
async function remembered(
  { commit, environment, flakyWindow: flakyWindowDays, spoolDir }: Values,
  place: string,
  { reports, lost, coverageFiles }: CollectedRun & { readonly coverageFiles: readonly string[] },
  origin: RunOrigin,
  given: Omit<RunToRemember, 'place' | 'commit' | 'environment' | 'flakyWindowDays'>,
  output: Output,
): Promise<HistoryFindings | undefined> {
  const { remember } = await import('../tests/run-history.ts');
  const written = [...reports.map(({ path }) => path), ...lost].flatMap((path) => [path, `${path}.started`]);
  const spool = locateSpool({ spoolDir }, process.env).path;
  const own = [...written, ...coverageFiles, ...historyPaths(place), spool];
  const isUnknown = commit === undefined && origin.isOfGit === true && isTreeChanged(own);
  const known = isUnknown ? undefined : (commit ?? origin.commit);
  const where = environment ?? environmentOf(reports);
  return await remember({ ...given, place, flakyWindowDays, commit: known, environment: where }, output);
}

/**
 * When the run ended: as its reports say, but not after the last of them was written, which the clock of a zone that is not
 * told would say. No zone is further ahead than {@link ZONES_MS}: a file that is so much older than its report was given
 * another time by an archive or a sandbox.
 */
function endOf(endUnixMs: number | undefined, reports: readonly RunReport[]): number {
  const written = reports.reduce((most, { modifiedUnixMs }) => Math.max(most, modifiedUnixMs), 0);
  if (endUnixMs === undefined) return Math.round(written === 0 ? Date.now() : written);
  const ahead = endUnixMs - written;
  const isOfZone = written > 0 && ahead > 60_000 && ahead <= ZONES_MS;
  return Math.round(isOfZone ? written : Math.min(endUnixMs, Date.now()));
}

/** UTC+14, and a day for a report that adds the times of parallel tests up. */
const ZONES_MS = 38 * 3_600_000;

function print(
  { json, format }: Values,
  reported: ReportedRun,
  delivery: DrainReport | undefined,
  output: Output,
): void {
  if (json || format === 'json') {
    const sent = delivery === undefined ? {} : { delivery: snakeCased(delivery) };
    output.printDocument(`${JSON.stringify({ ...runJson(reported), ...sent })}\n`);
    return;
  }
  if (format === 'markdown') output.printDocument(runMarkdown(reported));
  else {
    output.printLines(runLines(reported));
    for (const problem of reported.problems) output.printError(`${problem}\n`);
  }
  if (delivery === undefined) return;
  const { result, notes } = drainLines(delivery);
  if (format === 'table') output.print(`${result}\n`);
  for (const note of notes) output.printError(`${note}\n`);
}
