/** What the alerts of the group have in common. */

/** Each cluster is judged, and named, by itself. */
export const BY_CLUSTER = ['cluster'] as const;

export const HOUR_SECONDS = 3600;
export const DAY_SECONDS: number = 24 * HOUR_SECONDS;
