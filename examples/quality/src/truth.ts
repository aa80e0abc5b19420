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

/** Of the forge: what happened between evening and morning, and how things are in the morning. */
export const FORGE_TRUTH: Readonly<Record<string, number>> = {
  'forge_issues_total{event="opened",repository="team/app"}': 2,
  'forge_issues_total{event="closed",repository="team/app"}': 2,
  'forge_changes_total{event="merged",repository="team/app"}': 1,
  // Eight hours: above four, up to eight.
  'forge_change_merge_seconds_sum{repository="team/app"}': 8 * 3600,
  'forge_change_merge_seconds_count{repository="team/app"}': 1,
  'forge_pipeline_run_seconds_sum{pipeline="ci.yaml",repository="team/app",result="success"}': 90,
  'forge_pipeline_run_seconds_sum{pipeline="ci.yaml",repository="team/app",result="failure"}': 20,
  'forge_issues_open{age="day",repository="team/app"}': 2,
  'forge_issues_open{age="three_days",repository="team/app"}': 0,
  'forge_changes_open{age="day",repository="team/app"}': 0,
  'forge_pipeline_runs_open{repository="team/app",state="executing"}': 1,
  'forge_issues_resolved{repository="team/app",window="1d"}': 2,
  'forge_issues_resolved{repository="team/app",window="7d"}': 3,
  'forge_changes_merged{repository="team/app",window="1d"}': 1,
  'forge_dispatches{outcome="success"}': 1,
  'forge_dispatches{outcome="failure"}': 1,
  'forge_dispatches{outcome="pending"}': 0,
};

/** Of the services: both up, one falls, it rises again. */
export const HEALTH_TRUTH: Readonly<Record<string, number>> = {
  'health_probes_total{class="gateway",state="up",target="ezra",vantage="night"}': 2,
  'health_probes_total{class="gateway",state="down",target="ezra",vantage="night"}': 1,
  'health_probes_total{class="provider",state="up",target="mail",vantage="night"}': 3,
  'health_target_state{class="gateway",state="up",target="ezra",vantage="night"}': 1,
  'health_target_state{class="gateway",state="down",target="ezra",vantage="night"}': 0,
};
