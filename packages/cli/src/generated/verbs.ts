// Generated from src/verbs by `pnpm generate`.
import type { ListedVerb } from '../command-line/find-verb.ts';

/** Every verb, by name. */
export const VERBS: readonly ListedVerb[] = [
  {
    name: 'alerts gitea',
    summary: 'Take the notifications of an Alertmanager, and keep exactly one issue of a Gitea for each alert.',
    load: async () => (await import('../verbs/alerts-gitea.ts')).verb,
  },
  {
    name: 'alerts test',
    summary: 'Have an Alertmanager fire a test alert of a level, to see where it arrives.',
    load: async () => (await import('../verbs/alerts-test.ts')).verb,
  },
  {
    name: 'boards export',
    summary: 'Write dashboards and alerts for Grafana or a Prometheus ruler.',
    load: async () => (await import('../verbs/boards-export.ts')).verb,
  },
  {
    name: 'config check',
    summary: 'Say what ephemetry.yaml declares, and what is wrong with it.',
    load: async () => (await import('../verbs/config-check.ts')).verb,
  },
  {
    name: 'drain',
    summary: 'Deliver what earlier runs left in the spool.',
    load: async () => (await import('../verbs/drain.ts')).verb,
  },
  {
    name: 'fab import',
    summary: 'Send what a .fab-perf.json has gained since its last import.',
    load: async () => (await import('../verbs/fab-import.ts')).verb,
  },
  {
    name: 'gitea push',
    summary: 'Collect issues, changes and pipeline runs of a Gitea or Forgejo once, and send what was found.',
    load: async () => (await import('../verbs/gitea-push.ts')).verb,
  },
  {
    name: 'gitea serve',
    summary: 'Collect issues, changes and pipeline runs of a Gitea or Forgejo again and again, and serve the metrics.',
    load: async () => (await import('../verbs/gitea-serve.ts')).verb,
  },
  {
    name: 'health check',
    summary: 'Probe the services that ephemetry.yaml declares, once, and show what was found.',
    load: async () => (await import('../verbs/health-check.ts')).verb,
  },
  {
    name: 'health push',
    summary: 'Probe the services that ephemetry.yaml declares, once, and send what was found.',
    load: async () => (await import('../verbs/health-push.ts')).verb,
  },
  {
    name: 'health serve',
    summary: 'Probe the services that ephemetry.yaml declares, round after round, and serve the metrics.',
    load: async () => (await import('../verbs/health-serve.ts')).verb,
  },
  {
    name: 'merges',
    summary: 'Show the rolling rates over the merges of an orchestrator.',
    load: async () => (await import('../verbs/merges.ts')).verb,
  },
  {
    name: 'merges explain',
    summary: 'Show the merges that a rate is made of, newest first.',
    load: async () => (await import('../verbs/merges-explain.ts')).verb,
  },
  {
    name: 'merges history',
    summary: 'Show how a rate moved, newest merge first.',
    load: async () => (await import('../verbs/merges-history.ts')).verb,
  },
  {
    name: 'merges import',
    summary: "Import merges from elsewhere into the orchestrator's event table (events_outbox).",
    load: async () => (await import('../verbs/merges-import.ts')).verb,
  },
  {
    name: 'merges rebuild',
    summary: "Rebuild the analyzer's tables from the orchestrator's event table (events_outbox).",
    load: async () => (await import('../verbs/merges-rebuild.ts')).verb,
  },
  {
    name: 'merges watch',
    summary: 'Analyze on every merge, until a signal.',
    load: async () => (await import('../verbs/merges-watch.ts')).verb,
  },
  {
    name: 'push',
    summary: 'Push measurements of a shell script: one by a verb below, several from standard input.',
    load: async () => (await import('../verbs/push.ts')).verb,
  },
  {
    name: 'push counter',
    summary: 'Add an amount to a counter.',
    load: async () => (await import('../verbs/push-counter.ts')).verb,
  },
  {
    name: 'push gauge',
    summary: 'Set a gauge to a value.',
    load: async () => (await import('../verbs/push-gauge.ts')).verb,
  },
  {
    name: 'push histogram',
    summary: 'Sort a value into the buckets of a histogram.',
    load: async () => (await import('../verbs/push-histogram.ts')).verb,
  },
  {
    name: 'receive',
    summary: 'Listen for OTLP/HTTP metrics and show their totals, until a signal.',
    load: async () => (await import('../verbs/receive.ts')).verb,
  },
  {
    name: 'run',
    summary: 'Run any command, measure it, and deliver on every ending.',
    load: async () => (await import('../verbs/run.ts')).verb,
  },
  {
    name: 'runs baseline create',
    summary: 'Freeze a selection of agent runs under a name, for comparisons.',
    load: async () => (await import('../verbs/runs-baseline-create.ts')).verb,
  },
  {
    name: 'runs baseline delete',
    summary: 'Delete a baseline. Its runs stay.',
    load: async () => (await import('../verbs/runs-baseline-delete.ts')).verb,
  },
  {
    name: 'runs baseline export',
    summary: 'Write runs into one file that comparisons read without their events.',
    load: async () => (await import('../verbs/runs-baseline-export.ts')).verb,
  },
  {
    name: 'runs baseline list',
    summary: 'List the baselines of the database.',
    load: async () => (await import('../verbs/runs-baseline-list.ts')).verb,
  },
  {
    name: 'runs calibrate',
    summary: 'Say how often a comparison of your own runs would raise an alarm where nothing changed.',
    load: async () => (await import('../verbs/runs-calibrate.ts')).verb,
  },
  {
    name: 'runs compare',
    summary: 'Say whether agent runs became worse than a baseline, where, and why.',
    load: async () => (await import('../verbs/runs-compare.ts')).verb,
  },
  {
    name: 'runs ingest',
    summary: 'Take events of agent runs into the database.',
    load: async () => (await import('../verbs/runs-ingest.ts')).verb,
  },
  {
    name: 'runs quality',
    summary: 'Show what of agent runs came twice, contradicts, is missing or is not known.',
    load: async () => (await import('../verbs/runs-quality.ts')).verb,
  },
  {
    name: 'runs rebuild',
    summary: 'Make the facts of all agent runs again from their events.',
    load: async () => (await import('../verbs/runs-rebuild.ts')).verb,
  },
  {
    name: 'runs report',
    summary: 'Show numbers of agent runs by model, tool, tag or any other dimension.',
    load: async () => (await import('../verbs/runs-report.ts')).verb,
  },
  {
    name: 'runs show',
    summary: 'Show what is known of one agent run, and its events.',
    load: async () => (await import('../verbs/runs-show.ts')).verb,
  },
  {
    name: 'runs triage',
    summary: 'Group the failures of agent runs, and say what to do about each group.',
    load: async () => (await import('../verbs/runs-triage.ts')).verb,
  },
  {
    name: 'runs triage set',
    summary: 'Keep a note, an owner or a link with a cluster of failures, or do not list it for a while.',
    load: async () => (await import('../verbs/runs-triage-set.ts')).verb,
  },
  {
    name: 'runs triage show',
    summary: 'Show everything of one cluster of failures: values, trend, example runs, hints.',
    load: async () => (await import('../verbs/runs-triage-show.ts')).verb,
  },
  {
    name: 'series',
    summary: 'Print the series that ephemetry.yaml declares, for a gateway.',
    load: async () => (await import('../verbs/series.ts')).verb,
  },
  {
    name: 'status',
    summary: 'Show what the spool holds. Changes nothing.',
    load: async () => (await import('../verbs/status.ts')).verb,
  },
  {
    name: 'tests flaky',
    summary: 'List the tests that are flaky now, the worst first, with what shows it.',
    load: async () => (await import('../verbs/tests-flaky.ts')).verb,
  },
  {
    name: 'tests flaky clear',
    summary: 'Say that a flaky test was mended: only what it does from now on counts.',
    load: async () => (await import('../verbs/tests-flaky-clear.ts')).verb,
  },
  {
    name: 'tests history',
    summary: 'Show how a test went, the newest run first.',
    load: async () => (await import('../verbs/tests-history.ts')).verb,
  },
  {
    name: 'tests report',
    summary: 'Count one run of a test suite from its JUnit XML reports, and send it.',
    load: async () => (await import('../verbs/tests-report.ts')).verb,
  },
];
