/** An alert before it is Grafana's or Prometheus's. */
import type { AlertLevel } from '@ephemetry/contract';
import type { Urgency } from './urgency.ts';

/** One alert of a group. */
export interface AlertDefinition {
  /** At most 40 characters: the limit of Grafana. Also the name and anchor of its page. */
  readonly uid: string;
  /** Its name at the pager, in PascalCase. */
  readonly title: string;
  /** Has samples, above 0, while it is bad; none otherwise. */
  readonly expr: string;
  /** How long it must be bad, as a PromQL duration; `0s` for at once. */
  readonly for: string;
  /** How far back the expression looks, in seconds. */
  readonly lookBackSeconds: number;
  /** For how long it still fires when it is bad no more. @default not at all */
  readonly keepFiringFor?: string;
  /** Its label `severity`; the options say what the two urgencies are called there. */
  readonly urgency: Urgency | AlertLevel;
  /** Label `service` of the alert. @default 'fab' */
  readonly service?: string;
  /** The part of the service that it is about. */
  readonly component: string;
  /** Further labels. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** One line for the pager. */
  readonly summary: string;
  /** What is so, in a few sentences. */
  readonly description: string;
  /** Its page: what it means, where to look, what to do. */
  readonly page: AlertPage;
}

/** The page of an alert, for the person who was woken by it. Markdown. */
export interface AlertPage {
  readonly means: string;
  /** Queries and commands that show what is going on, each with what it tells. */
  readonly look: readonly { readonly tells: string; readonly query: string }[];
  readonly act: readonly string[];
  /** When it is quiet although one might expect it. */
  readonly quiet: string;
  /** When it closes itself. @default not said: Grafana shows it */
  readonly closes?: string;
  /** What silences it for a while. @default not said: Grafana does it */
  readonly silence?: string;
}

/** A rule that writes its value as a series of its own, for alerts and boards to read. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  /** Labels that its series get. @default none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Alerts that are evaluated together. */
export interface AlertGroupDefinition {
  readonly name: string;
  /** Seconds from one evaluation to the next. */
  readonly intervalSeconds: number;
  /**
   * Who judges them: where it is Prometheus, no file for Grafana has them, so that no alert comes twice.
   * @default 'grafana': each format has them
   */
  readonly judge?: AlertJudge;
  /** Evaluated before the alerts, in this order. Only with Prometheus as the judge. @default none */
  readonly records?: readonly RecordingRule[];
  readonly alerts: readonly AlertDefinition[];
}

/** Who judges alerts. */
export type AlertJudge = 'grafana' | 'prometheus';
