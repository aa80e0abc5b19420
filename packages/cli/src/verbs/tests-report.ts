/** `ephemetry tests report`: counts one run of a suite from the reports that its runner wrote. */
import { UNKNOWN } from '@ephemetry/contract';
import { resolveSettings } from '@ephemetry/exporter';
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
  type RunOrigin,
  recordRun,
  runOrigin,
  type Suite,
} from '@ephemetry/test-results';
import { defineVerb } from '../command-line/define-verb.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { openedOrTold } from '../configuration/config-option.ts';
import { givenLabel } from '../configuration/given-label.ts';
import { namesDirectory } from '../configuration/remembered-names.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { HISTORY_VARIABLE, historyPaths, historyPlace } from '../tests/history-options.ts';
import { printRun } from '../tests/print-run.ts';
import { problemsOf } from '../tests/problems.ts';
import { REPORT_OPTIONS, type ReportValues } from '../tests/report-options.ts';
import type { RunToRemember } from '../tests/run-history.ts';
import { endOf, identityOf, setOf } from '../tests/run-identity.ts';
import { type ReportedRun, RUN_JSON } from '../tests/run-json.ts';
import { sendRun } from '../tests/send-run.ts';

export const verb: Verb = defineVerb<ReportValues>({
  name: 'tests report',
  summary: 'Count one run of a test suite from its JUnit XML reports, and send it.',
  help: `Give it all reports of one run at once: files, folders (every .xml in them) and globs. Totals are counted from the test cases; what a report claims of itself is not used. A test that ran several times counts once, by its last attempt.

Coverage is counted in lines (in statements where the format has no lines: Clover and Go), each once however often files repeat it; percentages that a file claims are not used. If one of the files cannot be read, no coverage is sent.

A report counts whole or not at all. A named file that is not there, and a report whose .started mark was left behind, are lost: the run is incomplete.

The categories of a suite are those that ephemetry.yaml declares; their patterns start from the working directory. A suite that it does not declare has the category unknown alone, and its name is one of 64 that are remembered in the spool: the next one is recorded as unknown.

With --history the run is remembered and compared with earlier ones: tests that passed and failed on one commit, tests that broke or were fixed on the default branch, and how many are flaky now. A run whose commit is not known, or in whose working tree files were changed, is compared with none.

The same run, pushed twice, counts once at the gateway and at ephemetry receive: its identity is --run-id, else what the CI system calls the run, together with a digest of the reports. So the jobs of a matrix that share a --run-id count one by one; a history tells you of them.`,
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
  options: REPORT_OPTIONS,
  json: RUN_JSON,
  run: testsReport,
});

async function testsReport(values: ReportValues, output: Output): Promise<ExitCode> {
  const opened = openedOrTold(values.config, process.env, output);
  if (opened === undefined) return EXIT_CODE.failed;
  const { suites } = opened.configuration;
  const given = values.suite ?? UNKNOWN;
  const suite: Suite = suites.find(({ name }) => name === given) ?? { name: given, categories: [] };
  const origin = runOrigin(process.env);
  const collected = collectedOrTold(values, suite, origin, output);
  if (collected === undefined) return EXIT_CODE.failed;
  const isRecorded = !values.dryRun && resolveSettings({}, process.env).enabled;
  const label = labelOf(values, suites, isRecorded, output);
  const categories = categoryNames(suite);
  const run = judgeRun(collected.reports, {
    lost: collected.lost.length,
    categories,
    ...(values.expect === undefined ? {} : { expected: values.expect }),
  });
  const { coverage, problems: unread, files: coverageFiles } = collectCoverage(values.coverage);
  const identity = identityOf(values.runId, suite.name, origin, collected);
  const endUnixMs = endOf(run.endUnixMs, collected.reports);
  const labels = { suite: label, branch: kindOfBranch(values, origin), categories, endUnixMs };
  const place = isRecorded ? historyPlace(values.history, process.env) : undefined;
  const set = setOf(values.runId, suite.name);
  const toRemember = { ...labels, ...present({ set }), identity, suite: suite.name, run };
  const history =
    place === undefined
      ? undefined
      : await remembered(values, place, { ...collected, coverageFiles }, origin, toRemember, output);
  if (place !== undefined && history === undefined) {
    output.printError(
      `nothing is sent; report without --history (${HISTORY_VARIABLE}) to count the run alone\n`,
    );
    return EXIT_CODE.failed;
  }
  const sent = values.dryRun
    ? undefined
    : await sendRun(values, identity, endUnixMs, (meter) =>
        recordRun(meter, run, { ...labels, ...present({ history, coverage }) }),
      );
  const reported: ReportedRun = {
    suite: label,
    commit: values.commit ?? origin.commit,
    branch: values.branch ?? origin.branch,
    run,
    coverage,
    problems: [...problemsOf(collected, run.reports.lost), ...unread],
    history,
  };
  printRun(values, reported, sent?.delivery, output);
  if (sent?.spooled.kind === 'refused') {
    output.printError(`nothing is sent: ${sent.spooled.message}\n`);
    return EXIT_CODE.failed;
  }
  const isBad = unread.length > 0 || values.failOn.some((outcome) => run.reports[outcome] > 0);
  return isBad ? EXIT_CODE.failed : EXIT_CODE.done;
}

/** Undefined where there is no report at all, and nobody has said how many there must be. */
function collectedOrTold(
  { path, runner, sameId, expect, runId }: ReportValues,
  suite: Suite,
  origin: RunOrigin,
  output: Output,
): CollectedRun | undefined {
  const root = process.cwd();
  const options = { categoryOf: categoryFinder(suite, root), root, ...present({ runner, sameId }) };
  // What has a name needs no time of a push: pushed again, it is the same run.
  const now = (runId ?? origin.runId) === undefined ? Date.now : () => 0;
  const collected = collectRun(path, options, now);
  if (collected.reports.length > 0 || collected.lost.length > 0 || expect !== undefined) return collected;
  output.printError(
    'nothing is sent: there is no report; name files, folders with .xml files, or globs in quotes\n',
  );
  return undefined;
}

/** What the suite is recorded as. */
function labelOf(
  { suite, spoolDir }: ReportValues,
  suites: readonly Suite[],
  isRecorded: boolean,
  output: Output,
): string {
  const { value, remark } = givenLabel({
    label: 'suite',
    name: suite,
    declared: suites.map(({ name }) => name),
    namesDirectory: namesDirectory(process.env, spoolDir),
    isRecorded,
  });
  if (remark !== undefined) output.printError(`${remark}\n`);
  return value;
}

function kindOfBranch(
  { branch, defaultBranch }: ReportValues,
  origin: RunOrigin,
): ReturnType<typeof branchKind> {
  return branchKind(branch === undefined ? origin : { branch }, defaultBranch);
}

/** Loads the database, which no other run needs. */
async function remembered(
  { commit, environment, flakyWindow: flakyWindowDays, spoolDir }: ReportValues,
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
