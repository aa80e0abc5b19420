/** Steps of time that runs are counted in, by the start of the run, in UTC. */

export const MS_PER_DAY = 86_400_000;
const MS_PER_WEEK: number = 7 * MS_PER_DAY;
/** The first Monday after 1970 began, which was a Thursday. */
const MONDAY_MS: number = 4 * MS_PER_DAY;

/** When a step begins, and with it every other one: weeks begin on a Monday. */
export function stepOrigin(stepMs: number): number {
  return stepMs % MS_PER_WEEK === 0 ? MONDAY_MS : 0;
}
