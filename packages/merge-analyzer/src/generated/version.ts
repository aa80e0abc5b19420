// Generated from package.json by `pnpm generate`.
/** The version of @ephemetry/merge-analyzer. */
export const VERSION = '0.1.0';
