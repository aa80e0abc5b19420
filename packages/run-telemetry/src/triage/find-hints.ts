/** Hints for one cluster: only those whose evidence is there. */
import type { AgentRun } from '../facts/agent-run.ts';
import { clusterLabel } from '../failure/failure.ts';
import type { FailureClass } from '../failure/failure-class.ts';
import { type ClusterFacts, findClusters } from './cluster-facts.ts';
import { evidenceOf } from './conditions.ts';
import { HINTS } from './hints.ts';

/** A hint with what shows that it fits. */
export interface ShownHint {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly string[];
  /** A sentence with numbers. */
  readonly evidence: string;
  /** Relative to the documentation: `failures/tool_timeout.md#timeout-near-limit`. */
  readonly page: string;
}

/** The hints of the cluster's class that its facts speak for, in the order of the catalogue. */
export function findHints(facts: ClusterFacts): readonly ShownHint[] {
  return HINTS.flatMap(({ id, class: name, when, title, steps }) => {
    if (name !== facts.failure.class) return [];
    const evidence = evidenceOf(when, facts);
    return evidence === undefined ? [] : [{ id, title, steps, evidence, page: `${failurePage(name)}#${id}` }];
  });
}

/** A cluster with what to do about it. */
export interface HintedCluster {
  readonly cluster: string;
  readonly class: FailureClass;
  readonly label: string;
  /** One or more. */
  readonly hints: readonly ShownHint[];
}

/**
 * Hints for some clusters, in the order in which these are named; those without a hint are left out.
 *
 * @param runs - where the evidence is looked for
 */
export function hintsFor(clusters: readonly string[], runs: readonly AgentRun[]): readonly HintedCluster[] {
  const found = new Map(findClusters(runs).map((facts) => [facts.failure.cluster, facts]));
  return [...new Set(clusters)].flatMap((cluster) => {
    const facts = found.get(cluster);
    const hints = facts === undefined ? [] : findHints(facts);
    if (facts === undefined || hints.length === 0) return [];
    return [{ cluster, class: facts.failure.class, label: clusterLabel(facts.failure), hints }];
  });
}

/** The page of a class, relative to the documentation. */
export function failurePage(name: FailureClass): string {
  return `failures/${name}.md`;
}
