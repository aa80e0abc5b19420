/** What really happened in the night, counted by hand from `record-night.ts`. Each line is a series and its value. */

/** Of the test runs: three runs of two commits, each of them reported twice. */
export const TESTS_TRUTH: Readonly<Record<string, number>> = {
  // The first run lost the file that was killed; in the others a test failed in the end.
  'tests_runs_total{branch="default",result="incomplete",suite="hermes"}': 1,
  'tests_runs_total{branch="default",result="failure",suite="hermes"}': 2,
  // Three files and a retry; the killed file left a mark.
  'tests_reports_total{outcome="read",suite="hermes"}': 11,
  'tests_reports_total{outcome="lost",suite="hermes"}': 1,
  'tests_results_total{branch="default",category="acp",outcome="passed",suite="hermes"}': 5,
  'tests_results_total{branch="default",category="acp",outcome="failed",suite="hermes"}': 1,
  'tests_results_total{branch="default",category="tools",outcome="passed",suite="hermes"}': 6,
  'tests_results_total{branch="default",category="tools",outcome="failed",suite="hermes"}': 1,
  'tests_results_total{branch="default",category="tools",outcome="skipped",suite="hermes"}': 1,
  // test_answers by a retry; test_reads in two runs of the first commit.
  'tests_flips_total{branch="default",kind="retry",suite="hermes"}': 1,
  'tests_flips_total{branch="default",kind="rerun",suite="hermes"}': 1,
  // The second commit broke test_opens. test_reads had failed in the last run of the first one.
  'tests_transitions_total{category="acp",kind="broken",suite="hermes"}': 1,
  'tests_transitions_total{category="tools",kind="fixed",suite="hermes"}': 1,
  'tests_flaky{suite="hermes"}': 2,
  'tests_last_run_results{category="acp",outcome="failed",suite="hermes"}': 1,
  'tests_last_run_results{category="tools",outcome="failed",suite="hermes"}': 0,
  'tests_last_run_results{category="tools",outcome="skipped",suite="hermes"}': 1,
  'tests_last_run_missing_reports{suite="hermes"}': 0,
};

/** Of the services: both up, one falls, it rises again. */
export const HEALTH_TRUTH: Readonly<Record<string, number>> = {
  'health_probes_total{class="gateway",state="up",target="ezra",vantage="night"}': 2,
  'health_probes_total{class="gateway",state="down",target="ezra",vantage="night"}': 1,
  'health_probes_total{class="provider",state="up",target="mail",vantage="night"}': 3,
  'health_target_state{class="gateway",state="up",target="ezra",vantage="night"}': 1,
  'health_target_state{class="gateway",state="down",target="ezra",vantage="night"}': 0,
};
