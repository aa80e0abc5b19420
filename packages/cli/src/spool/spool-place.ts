/** Why the spool is where it is: words for what the exporter's own rules chose. */
import { resolveSettings, spoolDirectoryCandidates } from '@ephemetry/exporter';

/** Which setting or default made the exporter choose the directory. */
export function explainSpoolPlace(
  directory: string,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): string {
  const option = named === undefined ? {} : { spoolDir: named };
  if (resolveSettings(option, {}).spoolDir !== undefined) return 'named by --spool-dir';
  if (resolveSettings({}, env).spoolDir !== undefined) return 'named by EPHEMETRY_SPOOL_DIR';
  if (directory === spoolDirectoryCandidates(undefined, env).at(-1))
    return 'in the temporary directory, because no state directory can be used; EPHEMETRY_SPOOL_DIR names another';
  // Without a home only XDG_STATE_HOME is left to choose it.
  return spoolDirectoryCandidates(undefined, { ...env, HOME: undefined }).includes(directory)
    ? 'the default, in XDG_STATE_HOME; EPHEMETRY_SPOOL_DIR names another'
    : 'the default, in the home directory; EPHEMETRY_SPOOL_DIR names another';
}
