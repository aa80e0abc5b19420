/** The version of the rules by which runs are compared, which is part of every answer. */
export const STATISTICS_VERSION = 's1';
