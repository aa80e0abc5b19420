/** What a configuration declares of the contract's labels. */
import { type DeclaredLabels, UNKNOWN } from '@ephemetry/contract';
import type { Configuration } from './configuration.ts';

/** The families whose labels a deployment declares. */
export const DECLARED_FAMILIES = ['tests', 'forge', 'health', 'command'] as const;
export type DeclaredFamily = (typeof DECLARED_FAMILIES)[number];

/**
 * The label sets that a deployment declares for each of these families; none where it declares nothing. A test whose file no
 * category has is of its suite and of the category `unknown`.
 */
export function declaredLabels(
  configuration: Configuration,
): Readonly<Record<DeclaredFamily, DeclaredLabels>> {
  return {
    tests: group(['suite', 'category'], suiteSets(configuration)),
    forge: group(['repository', 'pipeline'], repositorySets(configuration)),
    health: healthLabels(configuration),
    command: group(
      ['command'],
      configuration.commands.map(({ name: command }) => ({ command })),
    ),
  };
}

function suiteSets({ suites }: Configuration): DeclaredLabels[number]['sets'] {
  return suites.flatMap(({ name: suite, categories }) => [
    ...categories.map(({ name: category }) => ({ suite, category })),
    { suite, category: UNKNOWN },
  ]);
}

function repositorySets({ repositories }: Configuration): DeclaredLabels[number]['sets'] {
  return repositories.flatMap(({ name: repository, pipelines }) => [
    ...pipelines.map((pipeline) => ({ repository, pipeline })),
    { repository, pipeline: UNKNOWN },
  ]);
}

/** A vantage alone probes nothing. */
function healthLabels({ targets, networks, vantage }: Configuration): DeclaredLabels {
  if (targets.length === 0) return [];
  return [
    ...group(
      ['target', 'class'],
      targets.map((target) => ({ target: target.name, class: target.class })),
    ),
    ...group(
      ['network'],
      networks.map(({ name: network }) => ({ network })),
    ),
    ...group(['vantage'], vantage === undefined ? [] : [{ vantage }]),
  ];
}

function group(labels: readonly string[], sets: DeclaredLabels[number]['sets']): DeclaredLabels {
  return sets.length === 0 ? [] : [{ labels, sets }];
}
