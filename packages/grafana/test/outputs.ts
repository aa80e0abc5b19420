/** What is rendered, read back as a reader of the files has it. */
import { parse } from 'yaml';
import type { GrafanaAlertRule } from '../src/engine/alerts/build-alert-rule.ts';
import { type GrafanaFormat, type GrafanaOptions, renderGrafana } from '../src/index.ts';

/** A panel, or a row's title between panels, of a board's JSON. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: unknown;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly instant?: boolean;
    readonly range?: boolean;
    readonly interval?: string;
    readonly legendFormat?: string;
  }[];
  readonly maxDataPoints?: number;
  readonly options?: {
    readonly legend?: {
      readonly showLegend: boolean;
      readonly displayMode: string;
      readonly calcs: readonly string[];
    };
    readonly tooltip?: { readonly mode: string; readonly sort: string };
  };
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly noValue?: string;
      readonly decimals?: number;
      readonly thresholds?: {
        readonly steps: readonly { readonly color: string; readonly value: number | null }[];
      };
      readonly custom?: Readonly<Record<string, unknown>>;
    };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

/** A board's JSON. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly timezone: string;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly editable: boolean;
  readonly links: readonly { readonly title: string; readonly type: string; readonly url?: string }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[];
  };
}

/** A rule of Grafana. */
export type GrafanaRule = GrafanaAlertRule;

/** A rule of Prometheus. */
export interface PrometheusRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A resource of the operator. */
export interface Resource<Spec> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Spec;
}

/** Text of every file of a format by its path. */
export function files(format: GrafanaFormat, options?: GrafanaOptions): ReadonlyMap<string, string> {
  return new Map(renderGrafana(format, options).map(({ path, content }) => [path, content]));
}

/** The boards, from the JSON of the provisioning files. */
export function boards(options?: GrafanaOptions): readonly Board[] {
  return [...files('provisioning', options)].flatMap(([path, text]): Board[] =>
    path.endsWith('.json') ? [JSON.parse(text)] : [],
  );
}

/** Panels without the titles of rows. */
export function panelsOf({ panels }: Board): readonly Panel[] {
  return panels.filter(({ type }) => type !== 'row');
}

/** The operator's GrafanaDashboard resources. */
export function dashboardResources(): readonly Resource<
  Readonly<Record<string, unknown>> & { json: string }
>[] {
  return [...files('operator')]
    .filter(([path]) => !['fab-slo.yaml', 'folder.yaml'].includes(path))
    .map(([, text]) => parse(text));
}

/** The operator's GrafanaAlertRuleGroup. */
export function alertGroupResource(
  options?: GrafanaOptions,
): Resource<Readonly<Record<string, unknown>> & { readonly rules: readonly GrafanaRule[] }> {
  return parse(files('operator', options).get('fab-slo.yaml') ?? '');
}

/** The rules of the Prometheus rule file. */
export function prometheusRules(options?: GrafanaOptions): readonly PrometheusRule[] {
  return parse(files('prometheus-rules', options).get('fab-slo.yaml') ?? '').groups[0].rules;
}
