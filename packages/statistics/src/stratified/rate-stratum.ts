/** How many of `n` observations had the event. */
export interface EventCounts {
  readonly events: number;
  readonly n: number;
}

/** What may be compared with each other: the same scenario with the same model, before and now. */
export interface RateStratum {
  readonly baseline: EventCounts;
  readonly current: EventCounts;
}
