/** Checks that need more than one part of the file: limits, and names that another section declares. */
import type { ConfigurationFault } from './fault.ts';
import { quoted } from './given.ts';
import { limitsOf, ROW_LIMIT } from './limits.ts';
import { ROW_KEYS, type RowKey } from './sections/rows.ts';
import type { GivenSections } from './sections.ts';
import type { Located } from './shape/shape.ts';

/** Longer lists of names are cut in messages. */
const NAMES_SHOWN = 12;

/** Every fault of the file as a whole. */
export function crossFaults(sections: GivenSections): readonly ConfigurationFault[] {
  const declared = declaredNames(sections);
  return [
    ...limitFaults(sections, declared),
    ...undeclaredNetworks(sections, declared),
    ...rowFaults(sections, declared),
  ];
}

/** The values of each label where they are declared, a value as often as it stands there. */
type DeclaredNames = Readonly<Record<RowKey | 'category' | 'pipeline', readonly Located<string>[]>>;

function declaredNames(sections: GivenSections): DeclaredNames {
  const { suites = [], networks = [], targets = [], repositories = [], commands = [] } = sections;
  return {
    suite: suites.map(itself),
    category: suites.flatMap(({ value }) => (value?.categories ?? []).map(itself)),
    network: networks.map(itself),
    target: targets.map(itself),
    class: targets.flatMap(({ value }) => (value === undefined ? [] : [value.class])),
    repository: repositories.map(itself),
    pipeline: repositories.flatMap(({ value }) => value?.pipelines ?? []),
    command: commands.map(itself),
  };
}

function itself({ name, line, place }: { name: string; line: number; place: string }): Located<string> {
  return { value: name, line, place };
}

function limitFaults(sections: GivenSections, declared: DeclaredNames): readonly ConfigurationFault[] {
  const limits = limitsOf(sections.limits ?? {});
  const { rows = [] } = sections;
  return [
    ...Object.entries(declared).flatMap(([label, names]) =>
      limitFault(label, names, limits.get(label) ?? names.length, true),
    ),
    ...limitFault('row', rows.map(itself), ROW_LIMIT, false),
  ];
}

/** Told at the first value that is too many. */
function limitFault(
  label: string,
  names: readonly Located<string>[],
  limit: number,
  canBeRaised: boolean,
): readonly ConfigurationFault[] {
  const different = [...new Map(names.map((each) => [each.value, each])).keys()];
  const excess = different[limit];
  const at = names.find(({ value }) => value === excess);
  if (excess === undefined || at === undefined) return [];
  const raised = canBeRaised ? `, or more with limits.${label}` : '';
  return [
    {
      line: at.line,
      place: at.place,
      problem: `is one of ${different.length} values of ${label}`,
      allowed: `${limit} at most${raised}`,
    },
  ];
}

function undeclaredNetworks(
  { targets = [] }: GivenSections,
  declared: DeclaredNames,
): readonly ConfigurationFault[] {
  return targets.flatMap(({ value }) => undeclared('network', value?.network, declared.network));
}

function rowFaults({ rows = [] }: GivenSections, declared: DeclaredNames): readonly ConfigurationFault[] {
  return rows.flatMap(({ value }) => ROW_KEYS.flatMap((key) => undeclared(key, value?.[key], declared[key])));
}

function undeclared(
  key: RowKey,
  given: Located<string> | undefined,
  declared: readonly Located<string>[],
): readonly ConfigurationFault[] {
  if (given === undefined || declared.some(({ value }) => value === given.value)) return [];
  const names = [...new Set(declared.map(({ value }) => value))];
  const more = names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} others` : '';
  const allowed =
    names.length === 0
      ? `nothing, as ${SECTION_OF[key]} declares none`
      : `one that ${SECTION_OF[key]} declares: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
  return [{ line: given.line, place: given.place, problem: `is ${quoted(given.value)}`, allowed }];
}

const SECTION_OF: Readonly<Record<RowKey, string>> = {
  class: 'targets',
  target: 'targets',
  network: 'networks',
  suite: 'suites',
  repository: 'repositories',
  command: 'commands',
};
