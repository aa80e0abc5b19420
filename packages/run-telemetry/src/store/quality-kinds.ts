/** What may be unknown, missing or contradict in a run, with what it means. Stored by these names. */
export const QUALITY_KINDS = {
  duplicates: 'events that came again, and count once',
  conflicts: 'events that came again with another content: the first one stays',
  late: 'events after the end of their run; they count',
  gaps: 'places in a run that no event has',
  unfinished: 'runs without an end',
  success_unknown: 'finished runs of which nobody said whether they succeeded',
  duration_unknown: 'finished runs of which nobody said how long they took',
  duration_suspect: 'runs whose duration has a mistaken unit',
  tokens_unknown: 'finished runs whose tokens are not known',
  cost_unknown: 'finished runs whose cost is not known',
} as const;

/** A name of {@link QUALITY_KINDS}. */
export type QualityKind = keyof typeof QUALITY_KINDS;
