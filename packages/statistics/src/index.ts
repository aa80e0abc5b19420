export { compareFractions, type Fraction, toNumber } from './fraction.ts';
export { nearestRank, nearestRankBy, quantile } from './quantiles.ts';
export { type Rate, rateOver } from './rate.ts';
export { nextState, type Thresholds, type TriggerState } from './trigger.ts';
export { type Interval, wilsonInterval } from './wilson-interval.ts';
