/** What a Node timer takes; a longer one fires at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;
