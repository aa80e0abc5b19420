// Generated from package.json by `pnpm generate`.
/** The version of @ephemetry/cli. */
export const VERSION = '0.1.0';
