/** The labels of what probes find. Targets, classes, vantages and networks are declared by a deployment. */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const HEALTH_LABELS: {
  readonly target: LabelDefinition<'target', never>;
  readonly class: LabelDefinition<'class', never>;
  readonly vantage: LabelDefinition<'vantage', never>;
  readonly network: LabelDefinition<'network', never>;
  readonly state: LabelDefinition<'state', 'up' | 'down' | 'unreachable'>;
  readonly phase: LabelDefinition<'phase', 'resolve' | 'connect' | 'tls' | 'first_byte' | 'transfer'>;
} = {
  target: {
    name: 'target',
    description: 'What is probed, by the name that the deployment gives it; never its address',
    values: [UNKNOWN],
    declared: { section: 'targets', limit: 64 },
  },
  class: {
    name: 'class',
    description: 'What kind of thing the target is; follows from the target',
    values: [UNKNOWN],
    declared: { section: 'targets', limit: 32 },
  },
  vantage: {
    name: 'vantage',
    description: 'Where the prober stands',
    values: [UNKNOWN],
    declared: { section: 'vantage', limit: 32 },
  },
  network: {
    name: 'network',
    description: 'The network that targets are reached over',
    values: [UNKNOWN],
    declared: { section: 'networks', limit: 32 },
  },
  state: {
    name: 'state',
    description:
      'What the probe found; unreachable when the network of the target is cut for the prober as well',
    values: ['up', 'down', 'unreachable', UNKNOWN],
  },
  phase: {
    name: 'phase',
    description: 'A part of the probe, in the order in which they happen',
    values: ['resolve', 'connect', 'tls', 'first_byte', 'transfer', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type HealthLabelName = keyof typeof HEALTH_LABELS;
