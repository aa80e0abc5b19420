/** What the commands about one rate have in common: which rate, and whose. */
import type { MergeRate } from '@ephemetry/contract';
import type { DatabaseOptions } from './with-database.ts';

/** Options of a command about one rate. */
export interface RateOptions extends DatabaseOptions {
  readonly metric: MergeRate;
  /** @default all projects together */
  readonly project?: string;
  readonly json: boolean;
}

/** The rate and scope that were asked for. */
export function rateAsked({ metric, project }: RateOptions): {
  readonly rate: MergeRate;
  readonly scope?: { readonly kind: 'project'; readonly project: string };
} {
  return { rate: metric, ...(project === undefined ? {} : { scope: { kind: 'project', project } }) };
}
