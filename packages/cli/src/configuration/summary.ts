/** What a configuration declares, as `ephemetry config check` shows it. */
import { declaredValues } from '@ephemetry/contract';
import type { Configuration } from './configuration.ts';
import { declaredLabels } from './declared-labels.ts';
import { ROW_LIMIT } from './limits.ts';

/** Names of one kind, and how many there may be. */
export interface DeclaredNames {
  /** A label, or `row`. */
  readonly kind: string;
  readonly limit: number;
  readonly names: readonly string[];
}

/** In the order of the sections. A vantage is shown also where it probes nothing. */
export function namesOf(configuration: Configuration): readonly DeclaredNames[] {
  const { vantage, networks, commands, rows, limits } = configuration;
  const declared = Object.values(declaredLabels(configuration)).flat();
  const known: Readonly<Record<string, readonly string[]>> = {
    vantage: vantage === undefined ? [] : [vantage],
    network: networks.map(({ name }) => name),
    command: commands.map(({ name }) => name),
  };
  return [
    ...[...limits].map(([kind, limit]) => ({
      kind,
      limit,
      names: known[kind] ?? declaredValues(declared, kind),
    })),
    { kind: 'row', limit: ROW_LIMIT, names: rows.map(({ name }) => name) },
  ];
}

/** What is allowed and may surprise. */
export function remarksOn({ networks, targets, vantage }: Configuration): readonly string[] {
  const mute = networks.filter(({ witnesses }) => witnesses.length === 0).map(({ name }) => name);
  const alone = targets.filter(({ network }) => network === undefined).map(({ name }) => name);
  return [
    ...mute.map(
      (name) =>
        `network ${name} has no witness: its targets are unreachable, never down, without a connection`,
    ),
    ...alone.map(
      (name) => `target ${name} has no network: it is unreachable, never down, without a connection`,
    ),
    ...(targets.length > 0 && vantage === undefined
      ? [
          'targets are declared and no vantage: probes are of the vantage unknown unless --vantage says another',
        ]
      : []),
  ];
}
