/** What a configuration declares, as `ephemetry config check` shows it. */
import { declaredValues } from '@ephemetry/contract';
import type { Target } from '@ephemetry/health';
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
export function remarksOn({ networks, rows, targets, vantage }: Configuration): readonly string[] {
  const mute = networks.filter(({ witnesses }) => witnesses.length === 0).map(({ name }) => name);
  return [
    ...mute.map(
      (name) =>
        `network ${name} has no witness: without a connection its targets are unreachable, never down`,
    ),
    ...targets.flatMap((target) => remarkOn(target, mute)),
    ...(targets.length > 0 && vantage === undefined
      ? [
          'targets are declared and no vantage: probes are of the vantage unknown unless --vantage says another',
        ]
      : []),
    ...rows.map(
      ({ name }) =>
        `row ${name} changes nothing: the rules of boards export look at the classes provider and gateway, whatever it chooses`,
    ),
  ];
}

/** A command fails for our own cut network too, and only a witness could tell. */
const COMMAND = 'a failure of its command is down, also when this machine is cut off';

function remarkOn({ name, network, probe }: Target, mute: readonly string[]): readonly string[] {
  const isCommand = probe.kind === 'command';
  if (network === undefined) {
    const without = isCommand ? COMMAND : 'without a connection it is unreachable, never down';
    return [`target ${name} has no network: ${without}`];
  }
  if (!isCommand || !mute.includes(network)) return [];
  return [`target ${name}: no witness of its network is declared: ${COMMAND}`];
}
