/** What a file of a dashboard may be, by Grafana's own types. */
import type { Dashboard } from '@grafana/schema';

/**
 * `Dashboard` as JSON has it: an enum by its values, and nothing is changed. Properties that the type does not know are
 * allowed, because a panel's and a data source's own are among them.
 */
export type DashboardJson = AsJson<Dashboard>;

type AsJson<T> = T extends string
  ? `${T}`
  : T extends object
    ? { readonly [Key in keyof T]: AsJson<T[Key]> }
    : T;
