/**
 * How the server reads and writes text here, whatever its administrator has set for the server, the database or the role:
 * two roles must agree on every row. A pooler keeps each of these for the session that asked.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
};
