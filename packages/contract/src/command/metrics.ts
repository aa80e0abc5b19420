/** What `ephemetry run` measures of any command. `./family.ts` checks their type. */

/** Every metric of commands by a short key. */
export const COMMAND_METRICS = {
  runs: {
    name: 'command_runs_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{run}',
    description: 'Runs of the command by how they ended',
    labels: ['command', 'outcome'],
    stability: 'experimental',
    notes:
      '`failure`: an exit code other than 0. `signal`: killed by one. `not_started`: not found or not executable. `unknown`: the wrapper was killed, so nobody saw how the command ended, or the disk refused to keep it; counted once, by the next run or drain.',
    exampleQuery:
      'sum by (command) (increase(command_runs_total{outcome!="success"}[1d])) / sum by (command) (increase(command_runs_total[1d]))',
  },
  duration: {
    name: 'command_duration_seconds',
    instrument: 'histogram',
    valueType: 'double',
    unit: 's',
    description: 'Time from the start of the command to its end',
    labels: ['command'],
    bounds: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400],
    stability: 'experimental',
    notes: 'However it ended; a run whose end nobody saw is not in it.',
    exampleQuery:
      'histogram_quantile(0.95, sum by (le, command) (increase(command_duration_seconds_bucket[1d])))',
  },
  cpu: {
    name: 'command_cpu_seconds_total',
    instrument: 'counter',
    valueType: 'double',
    unit: 's',
    description: 'Processor time of the command and of those of its children that it waited for',
    labels: ['command', 'mode'],
    stability: 'experimental',
    notes: 'Linux only, in steps of 10 ms. What daemons of the command use after its end is not in it.',
    exampleQuery: 'sum by (command) (rate(command_cpu_seconds_total[1h]))',
  },
  memoryPeak: {
    name: 'command_memory_peak_bytes',
    instrument: 'histogram',
    valueType: 'int',
    unit: 'By',
    description: 'Most memory that the command was seen to hold, without its children',
    labels: ['command'],
    bounds: [
      1048576, 4194304, 16777216, 67108864, 134217728, 268435456, 536870912, 1073741824, 2147483648,
      4294967296, 8589934592, 17179869184, 68719476736,
    ],
    stability: 'experimental',
    notes:
      'A lower bound: read every 100 ms. Absent for a command that ended before the first reading, and outside Linux.',
    exampleQuery:
      'histogram_quantile(0.95, sum by (le, command) (increase(command_memory_peak_bytes_bucket[1d])))',
  },
  lastExitCode: {
    name: 'command_last_exit_code',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{code}',
    description: 'Exit code of the last run; 128 and the number of the signal for one that was killed',
    labels: ['command'],
    life: 'lasts',
    stability: 'experimental',
    notes: 'Of the last run whose end was seen.',
    exampleQuery: 'command_last_exit_code > 0',
  },
  lastRun: {
    name: 'command_last_run_timestamp_seconds',
    instrument: 'gauge',
    valueType: 'double',
    unit: 's',
    description: 'When the last run ended, in seconds since 1970',
    labels: ['command'],
    life: 'lasts',
    stability: 'experimental',
    notes: 'By the clock of the machine that it ran on.',
    exampleQuery: 'time() - command_last_run_timestamp_seconds > 86400',
  },
  lastSuccess: {
    name: 'command_last_success_timestamp_seconds',
    instrument: 'gauge',
    valueType: 'double',
    unit: 's',
    description: 'When the last run that succeeded ended, in seconds since 1970',
    labels: ['command'],
    life: 'lasts',
    stability: 'experimental',
    notes: 'Absent for a command that never succeeded.',
    exampleQuery: 'time() - command_last_success_timestamp_seconds > 86400',
  },
  unknownNames: {
    name: 'command_unknown_names_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{run}',
    description: 'Runs whose command is called unknown, because the limit of names is reached',
    labels: [],
    stability: 'experimental',
    notes:
      'The spool remembers 64 names. Names that `ephemetry run --name` is given should be few: no ids, no dates.',
    exampleQuery: 'sum(increase(command_unknown_names_total[1d])) > 0',
  },
  refusedPoints: {
    name: 'command_refused_points_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{point}',
    description: 'Data points of the command that the wrapper refused, told to it as partial success',
    labels: ['command', 'reason'],
    stability: 'experimental',
    notes:
      '`exponential_histogram`: ask the SDK for explicit buckets. `no_new_start`: a total fell without a new start time, so two processes report under one name; give each its own `OTEL_RESOURCE_ATTRIBUTES=service.instance.id=…`. `no_time`: it does not say when it was, or a sum or histogram does not say when it began. `stream_limit`: a total that may have been counted and then forgotten, because there are more than 50,000 streams; it counts from its next point. The others are those of what is taken anywhere.',
    exampleQuery: 'sum by (command, reason) (increase(command_refused_points_total[1d]))',
  },
} as const;

/** A key of {@link COMMAND_METRICS}. */
export type CommandMetricKey = keyof typeof COMMAND_METRICS;
