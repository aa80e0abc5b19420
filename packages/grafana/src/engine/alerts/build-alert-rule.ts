/** Makes Grafana's alert rule of a definition: an instant query A, and B, which is true when A is above 0. */
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import { runbookUrl } from '../runbook-url.ts';
import type { AlertDefinition } from './alert.ts';

/** One query of a rule, as Grafana's API and the operator's resource both spell it. */
interface GrafanaRuleQuery {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly model: Readonly<Record<string, unknown>>;
}

/** A rule, as Grafana's API and the operator's resource both spell it. */
export interface GrafanaAlertRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly for: string;
  readonly noDataState: 'OK';
  readonly execErrState: 'Error';
  readonly isPaused: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly GrafanaRuleQuery[];
}

/** Grafana's name for its own expressions, as a data source. */
const EXPRESSIONS = '__expr__';

/** The rule under these options. Silence is not an alert: no data is OK, and `fab-metrics-absent` watches over it. */
export function buildAlertRule(alert: AlertDefinition, options: ResolvedGrafanaOptions): GrafanaAlertRule {
  const { datasource } = options;
  const relativeTimeRange = { from: alert.lookBackSeconds, to: 0 };
  return {
    uid: alert.uid,
    title: alert.title,
    condition: 'B',
    for: alert.for,
    noDataState: 'OK',
    execErrState: 'Error',
    isPaused: false,
    labels: alertLabels(alert, options),
    annotations: alertAnnotations(alert, options),
    data: [
      {
        refId: 'A',
        datasourceUid: datasource,
        relativeTimeRange,
        model: {
          refId: 'A',
          datasource: { type: 'prometheus', uid: datasource },
          editorMode: 'code',
          instant: true,
          range: false,
          intervalMs: 1000,
          maxDataPoints: 43_200,
          expr: alert.expr,
        },
      },
      {
        refId: 'B',
        datasourceUid: EXPRESSIONS,
        relativeTimeRange,
        model: {
          refId: 'B',
          type: 'threshold',
          datasource: { type: EXPRESSIONS, uid: EXPRESSIONS },
          expression: 'A',
          conditions: [
            {
              type: 'query',
              evaluator: { type: 'gt', params: [0] },
              operator: { type: 'and' },
              query: { params: ['A'] },
              reducer: { type: 'last', params: [] },
            },
          ],
        },
      },
    ],
  };
}

/** What routes the alert to people. */
export function alertLabels(
  { urgency, service = 'fab', component, labels = {} }: AlertDefinition,
  { severities }: ResolvedGrafanaOptions,
): Readonly<Record<string, string>> {
  // Of the urgencies the options say what they are called; a level is called what it is.
  const severity = urgency === 'page' || urgency === 'ticket' ? severities[urgency] : urgency;
  return { severity, service, component, ...labels };
}

/** What people read. */
export function alertAnnotations(
  { uid, summary, description }: AlertDefinition,
  options: ResolvedGrafanaOptions,
): Readonly<Record<string, string>> {
  return { summary, description, runbook_url: runbookUrl(uid, options) };
}
