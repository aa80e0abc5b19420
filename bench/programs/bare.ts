/** Bare Node: starts and ends. */
export {};
