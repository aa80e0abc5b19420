import { FAB_ROSTER, type FabRosterEntry } from '../fab-roster.ts';
import { UNKNOWN } from '../metric.ts';

/** The three labels that follow from a role, together: a known role or unknown throughout. */
export type FabRoleLabels =
  | FabRosterEntry
  | {
      readonly role: typeof UNKNOWN;
      readonly phase: typeof UNKNOWN;
      readonly group: typeof UNKNOWN;
    };

const UNKNOWN_ROLE: FabRoleLabels = { role: UNKNOWN, phase: UNKNOWN, group: UNKNOWN };

/** Every combination of role, phase and group that may be recorded: the roster, and the unknown role. */
export const FAB_ROLE_LABELS: readonly FabRoleLabels[] = [...FAB_ROSTER, UNKNOWN_ROLE];

/**
 * Role, phase and group of a role by its name. Use this rather than bounding the three one by one:
 * a mixture such as an unknown role with a known phase is not a known label set and would start a new series.
 *
 * @example
 * ```ts
 * fabRoleLabels('react-engineer'); // { role: 'react-engineer', phase: 'build', group: 'factory' }
 * fabRoleLabels('hired-yesterday'); // { role: 'unknown', phase: 'unknown', group: 'unknown' }
 * ```
 */
export function fabRoleLabels(role: string | undefined): FabRoleLabels {
  return FAB_ROSTER.find((entry) => entry.role === role) ?? UNKNOWN_ROLE;
}
