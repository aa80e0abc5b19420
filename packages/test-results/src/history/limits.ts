/** How much a history holds, and how long a flip counts. */

/** So long a run is kept. */
export const KEPT_DAYS = 30;

/** A history grows up to here: 30 days of 50 runs a day of 17,000 tests are less than 40 MB. */
export const HISTORY_LIMIT_BYTES: number = 256 * 1024 * 1024;

/** So many days a flip counts, unless somebody says otherwise. */
export const FLAKY_WINDOW_DAYS = 14;
