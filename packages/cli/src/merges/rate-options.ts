/** What the verbs about one rate have in common: which rate, and whose. */
import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { argument, type Options, optional, required } from '../command-line/option.ts';
import { oneOf, text } from '../command-line/readers.ts';
import { DATABASE_OPTIONS, type DatabaseValues } from './database-options.ts';

/** A rate and its scope. */
export interface RateValues extends DatabaseValues {
  readonly metric: MergeRate;
  /** Undefined for all projects together. */
  readonly project: string | undefined;
}

const RATES = Object.values(MERGE_RATES);

export const RATE_OPTIONS: Options<RateValues> = {
  metric: argument(required('metric', `which rate: ${RATES.join(', ')}`, oneOf(RATES))),
  ...DATABASE_OPTIONS,
  project: optional('name', 'of one project', text, 'of all'),
};

/** The rate and scope that were asked for. */
export function rateAsked({ metric, project }: RateValues): {
  readonly rate: MergeRate;
  readonly scope?: { readonly kind: 'project'; readonly project: string };
} {
  return { rate: metric, ...(project === undefined ? {} : { scope: { kind: 'project', project } }) };
}
