import { boundLabel, FAB_LABELS, FAB_ROSTER, fabRoleLabels, UNKNOWN } from '@ephemetry/contract';
import type { FabRosterMember } from './fab-runtime.ts';

/** The three labels of a role. `unknown` throughout for a role that the roster does not hold. */
export interface RoleLabels {
  readonly role: string;
  readonly phase: string;
  readonly group: string;
}

/** A roster of more roles than this is cut: every role is a set of series for good. */
const ROSTER_LIMIT_ROLES = 500;
const ROLE_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const UNKNOWN_ROLE: RoleLabels = { role: UNKNOWN, phase: UNKNOWN, group: UNKNOWN };

/**
 * The labels of a role by its name, from a roster read once. The roster is the whole domain of the role
 * label: a role outside it, or one whose name could be free text, is unknown.
 */
export function createRoleLookup(
  roster: readonly FabRosterMember[] = FAB_ROSTER,
): (role: unknown) => RoleLabels {
  const named = roster.slice(0, ROSTER_LIMIT_ROLES).filter(({ role }) => ROLE_NAME.test(role));
  const labels = new Map(named.map((member) => [member.role, labelsOf(member)]));
  return (role) => (typeof role === 'string' ? labels.get(role) : undefined) ?? UNKNOWN_ROLE;
}

/** fab's TEAM holds no phase and may hold no group: the contract fills in what it knows of the role. */
function labelsOf({ role, phase, group }: FabRosterMember): RoleLabels {
  const known = fabRoleLabels(role);
  return {
    role,
    phase: boundLabel(FAB_LABELS.phase, phase ?? known.phase),
    group: boundLabel(FAB_LABELS.group, group ?? known.group),
  };
}
