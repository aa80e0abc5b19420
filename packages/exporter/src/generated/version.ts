// Generated from package.json by `pnpm generate`.
/** The version of @ephemetry/exporter. */
export const VERSION = '0.1.0';
