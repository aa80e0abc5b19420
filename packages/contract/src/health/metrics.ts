/** What probes of services find. `./family.ts` checks their type. */

/** Every metric of probes by a short key. */
export const HEALTH_METRICS = {
  probes: {
    name: 'health_probes_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{probe}',
    description: 'Probes by what they found',
    labels: ['target', 'class', 'vantage', 'state'],
    stability: 'experimental',
    notes:
      'Each probe once. `unreachable` says nothing of the target: leave it out where you ask for a share of time that the target was up.',
    exampleQuery:
      'sum by (target) (increase(health_probes_total{state="up"}[1d])) / sum by (target) (increase(health_probes_total{state=~"up|down"}[1d]))',
  },
  probeDuration: {
    name: 'health_probe_duration_seconds',
    instrument: 'histogram',
    valueType: 'double',
    unit: 's',
    description: 'Time of probes that ended in an answer or in their time-out',
    labels: ['target', 'class', 'vantage', 'state'],
    ownLabels: {
      state: {
        name: 'state',
        description: 'What the probe found',
        values: ['up', 'down', 'unknown'],
      },
    },
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    stability: 'experimental',
    notes: 'From the resolution of the name to the last byte.',
    exampleQuery:
      'histogram_quantile(0.95, sum by (le, target) (rate(health_probe_duration_seconds_bucket{state="up"}[1h])))',
  },
  probePhase: {
    name: 'health_probe_phase_seconds',
    instrument: 'gauge',
    valueType: 'double',
    unit: 's',
    description: 'Time of each phase of the last probe',
    labels: ['target', 'vantage', 'phase'],
    life: 'lives',
    stability: 'experimental',
    notes: 'A phase that the probe did not reach, or does not have, is absent.',
    exampleQuery: 'max by (target, phase) (last_over_time(health_probe_phase_seconds[5m]))',
  },
  targetState: {
    name: 'health_target_state',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{target}',
    description: 'State of the target by its last probe: 1 for that state, 0 for the others',
    labels: ['target', 'class', 'vantage', 'state'],
    life: 'lives',
    stability: 'experimental',
    notes: 'No sample while nothing probes: that the prober is gone is not that the target is down.',
    exampleQuery: 'last_over_time(health_target_state{state="down"}[5m]) == 1',
  },
  certificateExpiry: {
    name: 'health_certificate_expiry_timestamp_seconds',
    instrument: 'gauge',
    valueType: 'double',
    unit: 's',
    description: 'When the certificate that the target presents expires, in seconds since 1970',
    labels: ['target', 'vantage'],
    life: 'lasts',
    stability: 'experimental',
    notes: 'Absent for targets without TLS.',
    exampleQuery: 'last_over_time(health_certificate_expiry_timestamp_seconds[1h]) - time() < 14 * 86400',
  },
  lastProbe: {
    name: 'health_last_probe_timestamp_seconds',
    instrument: 'gauge',
    valueType: 'double',
    unit: 's',
    description: 'When the target was last probed, in seconds since 1970',
    labels: ['target', 'vantage'],
    life: 'lasts',
    stability: 'experimental',
    notes: 'Stays when the prober is gone, and says since when.',
    exampleQuery: 'time() - last_over_time(health_last_probe_timestamp_seconds[1h]) > 120',
  },
  vantageIsolated: {
    name: 'health_vantage_isolated',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{network}',
    description: 'Whether no witness of the network answers the prober: 1 when so, 0 otherwise',
    labels: ['vantage', 'network'],
    life: 'lives',
    stability: 'experimental',
    notes: 'Absent for a network without witnesses: nothing can be known of it.',
    exampleQuery: 'last_over_time(health_vantage_isolated[5m]) == 1',
  },
} as const;

/** A key of {@link HEALTH_METRICS}. */
export type HealthMetricKey = keyof typeof HEALTH_METRICS;
