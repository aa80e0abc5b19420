/** Clusters of failures as text for a terminal. */
import type { CountedValue, ShownHint, Triage, TriagedCluster } from '@ephemetry/run-telemetry';
import type { ClusterState } from '@ephemetry/run-telemetry/store';
import { count } from '../terminal/counted.ts';
import { intervalOfPoints, percent, points } from './comparison-words.ts';

const CLUSTERS = 20;
const NAMED = 3;

/** The list; the first line says how many there are. */
export function triageLines(
  { clusters, runs, cancelled }: Triage,
  states: ReadonlyMap<string, ClusterState>,
  nowUnixMs: number,
): readonly string[] {
  const isMuted = ({ failure }: TriagedCluster): boolean =>
    (states.get(failure.cluster)?.mutedUntilUnixMs ?? 0) > nowUnixMs;
  const shown = clusters.filter((each) => !isMuted(each));
  const muted = clusters.length - shown.length;
  const left = cancelled === 0 ? '' : `; ${cancelled} cancelled runs are left out`;
  return [
    `${count(shown.length, 'cluster', 'clusters')} of failures in ${count(runs, 'run', 'runs')}${left}${muted === 0 ? '' : `; ${muted} muted`}`,
    ...shown
      .slice(0, CLUSTERS)
      .flatMap((each) => ['', ...shortLines(each, states.get(each.failure.cluster))]),
    ...(shown.length > CLUSTERS ? ['', `and ${shown.length - CLUSTERS} more; --json has all`] : []),
  ];
}

function shortLines(cluster: TriagedCluster, state: ClusterState | undefined): readonly string[] {
  return [...headLines(cluster), ...stateLines(state), ...cluster.hints.slice(0, 1).flatMap(hintLines)];
}

/** What users say of a cluster. */
export function stateLines(state: ClusterState | undefined): readonly string[] {
  if (state === undefined) return [];
  const { note, owner, mutedUntilUnixMs, link, mergedInto } = state;
  const parts = [
    ...(note === null ? [] : [`note: ${note}`]),
    ...(owner === null ? [] : [`owner: ${owner}`]),
    ...(mutedUntilUnixMs === null ? [] : [`muted until ${time(mutedUntilUnixMs)}`]),
    ...(link === null ? [] : [`see ${link}`]),
    ...(mergedInto === null ? [] : [`part of ${mergedInto}`]),
  ];
  return parts.length === 0 ? [] : [`  ${parts.join('; ')}`];
}

/** Everything that is known of one cluster. */
export function clusterLines(cluster: TriagedCluster, state: ClusterState | undefined): readonly string[] {
  return [
    ...headLines(cluster),
    ...stateLines(state),
    ...cluster.values.flatMap((values, place) =>
      values.length === 0 ? [] : [`  place ${place + 1}: ${named(values, values.length)}`],
    ),
    ...cluster.trend.map(
      ({ fromUnixMs, runs, of }) => `  ${time(fromUnixMs)}  ${runs} of ${of}  ${percent(runs / of)}`,
    ),
    ...(cluster.examples.length > 0 ? [`  runs: ${cluster.examples.join(', ')}`] : []),
    ...cluster.hints.flatMap(hintLines),
  ];
}

function headLines(cluster: TriagedCluster): readonly string[] {
  const { failure, label, runs, share, primaryOf, compared, scenarios, models } = cluster;
  const verdict = compared === undefined ? '' : `  ${compared.verdict.replaceAll('_', ' ')}`;
  const ended = primaryOf === 0 ? '' : `; it ended ${primaryOf} of them`;
  return [
    `${failure.cluster}  ${failure.class}${verdict}  ${label}`,
    `  ${count(runs, 'run', 'runs')} (${percent(share)})${ended}${seenText(cluster)}`,
    ...(compared === undefined
      ? []
      : [
          `  against ${count(compared.runs.baseline, 'run', 'runs')} before: ${points(compared.change)} (95 %: ${intervalOfPoints(compared.interval)})`,
        ]),
    ...(scenarios.length > 0 ? [`  scenarios: ${named(scenarios, NAMED)}`] : []),
    ...(models.length > 0 ? [`  models: ${named(models, NAMED)}`] : []),
  ];
}

function seenText({ firstSeenUnixMs, lastSeenUnixMs }: TriagedCluster): string {
  if (firstSeenUnixMs === undefined || lastSeenUnixMs === undefined) return '';
  return `; first seen ${time(firstSeenUnixMs)}, last ${time(lastSeenUnixMs)}`;
}

/** A hint: what shows that it fits, and what to do. */
export function hintLines({ title, evidence, steps, page }: ShownHint): readonly string[] {
  return [
    `  hint: ${title}: ${evidence}`,
    ...steps.map((step, index) => `    ${index + 1}. ${step}`),
    `    more: docs/${page}`,
  ];
}

function named(values: readonly CountedValue[], shown: number): string {
  const texts = values.slice(0, shown).map(({ value, runs }) => `${value} (${runs})`);
  return [...texts, ...(values.length > shown ? [`${values.length - shown} more`] : [])].join(', ');
}

function time(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 16)}Z`;
}
