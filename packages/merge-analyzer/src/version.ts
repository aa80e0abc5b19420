/** The analyzer's own version, as its events carry it. A test holds it against package.json. */
export const ANALYZER_VERSION = '0.1.0';
