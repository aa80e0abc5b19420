import {
  isDeclaredByDeployment,
  METRIC_FAMILIES,
  type MetricFamily,
  renderSeriesCatalogue,
} from '../src/index.ts';
import { declarationFaults, duplicateNames } from './declaration-rules.ts';
import { renderDeclaredMetrics } from './declared-metrics.ts';
import { renderIngestReference } from './ingest-reference.ts';
import { renderMetricsReference } from './metrics-reference.ts';

/** A file that follows from the contract. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * Everything that is generated from the contract, the same bytes on every machine.
 *
 * @throws Error when a declaration breaks a rule: nothing is generated from a broken contract.
 */
export function generatedFiles(
  families: readonly MetricFamily[] = Object.values(METRIC_FAMILIES),
): readonly GeneratedFile[] {
  const faults = [...families.flatMap(declarationFaults), ...duplicateNames(families).map(describeDuplicate)];
  if (faults.length > 0) throw new Error(`The contract breaks its own rules:\n${faults.join('\n')}`);
  const known = families.filter(isKnownWhenBuilt);
  return [
    { path: 'docs/reference/metrics.md', text: renderMetricsReference(families) },
    { path: 'docs/reference/what-is-taken.md', text: renderIngestReference() },
    { path: 'collector-config/declared/histograms.yaml', text: renderDeclaredMetrics(families) },
    ...known.map((family) => ({
      path: `collector-config/series/${family.name}.json`,
      text: renderSeriesCatalogue(family),
    })),
    { path: 'collector-config/series/kustomization.yaml', text: renderSeriesKustomization(known) },
  ];
}

/** Where a deployment declares labels, nobody knows the series here: `ephemetry series` prints them there. */
function isKnownWhenBuilt(family: MetricFamily): boolean {
  return (
    family.isScraped !== true &&
    !Object.values(family.metrics).some((metric) => isDeclaredByDeployment(metric, family))
  );
}

/** The catalogues as a ConfigMap, so that a family is not listed by hand. */
function renderSeriesKustomization(families: readonly MetricFamily[]): string {
  const files = families.map(({ name }) => `      - ${name}.json\n`).sort();
  return `# Generated from packages/contract by \`pnpm generate\`.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
configMapGenerator:
  # A ConfigMap holds 1 MiB at most, and this is 0.4. But \`kubectl apply\` alone keeps a copy in an annotation, which holds
  # 0.25: hence --server-side.
  - name: ephemetry-series
    files:
${files.join('')}`;
}

function describeDuplicate(name: string): string {
  return `${name}: declared more than once`;
}
