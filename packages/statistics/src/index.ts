export { normalUpperQuantile, normalUpperTail } from './distribution/normal.ts';
export { type BudgetShare, benjaminiHochberg, shareBudget } from './families/error-budget.ts';
export { compareFractions, type Fraction, toNumber } from './fraction.ts';
export { nearestRank, nearestRankBy, quantile } from './quantiles.ts';
export { type Rate, rateOver } from './rate.ts';
export {
  type Dispersion,
  detectableFactor,
  dispersed,
  GROUPS_NEEDED,
  type GroupedScore,
  groupDispersion,
  INDEPENDENT,
  intervalFactor,
} from './stratified/dispersion.ts';
export { rankTest, type ValueStratum, weightedRanks } from './stratified/rank-test.ts';
export type { EventCounts, RateStratum } from './stratified/rate-stratum.ts';
export { type OneSided, rateTest } from './stratified/rate-test.ts';
export { type RatioEstimate, ratioEstimate } from './stratified/ratio-estimate.ts';
export {
  type RiskDifference,
  reachesPoints,
  riskDifference,
} from './stratified/risk-difference.ts';
export { nextState, type Thresholds, type TriggerState } from './trigger.ts';
export { type Interval, wilsonInterval } from './wilson-interval.ts';
