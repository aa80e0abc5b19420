/** What an expression of PromQL names, found by Prometheus's own grammar. */
import {
  EPHEMETRY_METRICS,
  FAB_METRICS,
  GATEWAY_METRICS,
  MERGE_METRICS,
  SHARD_LABEL,
} from '@ephemetry/contract';
import { parser } from '@prometheus-io/lezer-promql';

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree['topNode'];

interface Declared {
  readonly name: string;
  readonly instrument: string;
  readonly labels: readonly string[];
  readonly job?: string | readonly string[];
}

const DECLARED: readonly Declared[] = [
  FAB_METRICS,
  MERGE_METRICS,
  EPHEMETRY_METRICS,
  GATEWAY_METRICS,
].flatMap((metrics) => Object.values<Declared>(metrics));

/**
 * What is wrong with an expression: what does not parse, metrics that the contract does not declare, and labels that
 * a metric does not have. The labels of cluster and shard are on every series. What other Collectors report too must be
 * asked of the gateway's own scrape.
 */
export function expressionFaults(expression: string, clusterLabel = 'cluster'): readonly string[] {
  const text = withoutVariables(expression);
  const top = parser.parse(text).topNode;
  if (text.trim() === '') return ['is empty'];
  const broken = descendants(top).find(({ type }) => type.isError);
  if (broken !== undefined) return [`does not parse at ${broken.from}: ${text}`];
  const read = (node: Node): string => text.slice(node.from, node.to);
  return [
    ...named(top, 'VectorSelector').flatMap((selector) => selectorFaults(selector, read, clusterLabel)),
    ...named(top, 'AggregateExpr').flatMap((aggregate) => groupingFaults(aggregate, read, clusterLabel)),
    ...named(top, 'MatchingModifierClause')
      .flatMap((clause) => named(clause, 'LabelName').map(read))
      .filter((label) => label !== clusterLabel && label !== SHARD_LABEL)
      .map((label) => `matches on ${label}`),
  ];
}

/** The names of metrics in an expression that parses. */
export function metricNames(expression: string): readonly string[] {
  const text = withoutVariables(expression);
  return named(parser.parse(text).topNode, 'VectorSelector').flatMap((selector) =>
    selector.getChildren('Identifier').map(({ from, to }) => text.slice(from, to)),
  );
}

/** As Grafana fills them in: variables are durations in brackets and offsets, and stay text in quotes. */
function withoutVariables(expression: string): string {
  return expression.replaceAll(/(?<=\[|offset )\$\w+/g, '1h');
}

type Read = (node: Node) => string;

function selectorFaults(selector: Node, read: Read, clusterLabel: string): readonly string[] {
  const labels = named(selector, 'LabelMatchers').flatMap((matchers) =>
    named(matchers, 'LabelName').map(read),
  );
  const [identifier] = selector.getChildren('Identifier').map(read);
  if (identifier === undefined) {
    // A selector of a whole family: {__name__=~"fab_.+"}
    return labels
      .filter((label) => label !== '__name__' && label !== clusterLabel)
      .map((label) => `${label} on every metric`);
  }
  const metric = declaredAs(identifier);
  if (metric === undefined) return [`no metric ${identifier}`];
  return [
    ...labels
      .filter((label) => label !== 'job' || metric.job === undefined)
      .filter((label) => !mayHave(metric, label, clusterLabel))
      .map((label) => `${identifier} has no ${label}`),
    ...(isOfItsJob(metric, read(selector)) ? [] : [`${identifier} of any job`]),
  ];
}

function isOfItsJob({ job }: Declared, selector: string): boolean {
  if (job === undefined) return true;
  const [, matcher] = /[{,]\s*job(=~?"[^"]*")/.exec(selector) ?? [];
  return matcher === (typeof job === 'string' ? `="${job}"` : `=~"${job.join('|')}"`);
}

/** A label that an aggregation keeps apart is on every series inside it. */
function groupingFaults(aggregate: Node, read: Read, clusterLabel: string): readonly string[] {
  const labels = aggregate
    .getChildren('AggregateModifier')
    .flatMap((modifier) => named(modifier, 'LabelName').map(read));
  const inside = named(aggregate, 'VectorSelector').flatMap((selector) =>
    selector.getChildren('Identifier').map(read),
  );
  return labels.flatMap((label) =>
    inside
      .filter((identifier) => {
        const metric = declaredAs(identifier);
        return metric !== undefined && !mayHave(metric, label, clusterLabel, identifier);
      })
      .map((identifier) => `${identifier} cannot be grouped by ${label}`),
  );
}

function mayHave(metric: Declared, label: string, clusterLabel: string, identifier = ''): boolean {
  if (label === 'le') return identifier.endsWith('_bucket');
  return label === clusterLabel || label === SHARD_LABEL || metric.labels.includes(label);
}

/** A histogram is three metrics in Prometheus, and none of its own name. */
function declaredAs(identifier: string): Declared | undefined {
  return DECLARED.find(({ name, instrument }) =>
    instrument === 'histogram'
      ? ['_bucket', '_count', '_sum'].some((suffix) => identifier === `${name}${suffix}`)
      : identifier === name,
  );
}

function named(node: Node, name: string): readonly Node[] {
  return descendants(node).filter((each) => each.type.name === name);
}

function descendants(node: Node): readonly Node[] {
  const found: Node[] = [node];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    found.push(...descendants(child));
  return found;
}
