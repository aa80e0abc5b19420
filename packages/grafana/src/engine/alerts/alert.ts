/** An alert before it is Grafana's or Prometheus's. */
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
  readonly urgency: Urgency;
  /** Label `service` of the alert. @default 'fab' */
  readonly service?: string;
  /** The part of the service that it is about. */
  readonly component: string;
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
}

/** Alerts that are evaluated together. */
export interface AlertGroupDefinition {
  readonly name: string;
  /** Seconds from one evaluation to the next. */
  readonly intervalSeconds: number;
  readonly alerts: readonly AlertDefinition[];
}
