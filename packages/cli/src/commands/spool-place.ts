/** Why the spool is where it is. */
import { join } from 'node:path';

/** Which setting or default made the exporter choose the directory. */
export function explainSpoolPlace(
  directory: string,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): string {
  if (named !== undefined) return 'named by --spool-dir';
  if ((env['EPHEMETRY_SPOOL_DIR'] ?? '') !== '') return 'named by EPHEMETRY_SPOOL_DIR';
  const state = env['XDG_STATE_HOME'];
  if (state !== undefined && directory.startsWith(join(state, '/')))
    return 'the default, in XDG_STATE_HOME; EPHEMETRY_SPOOL_DIR names another';
  if (directory.endsWith(join('.local', 'state', 'ephemetry', 'spool')))
    return 'the default, in the home directory; EPHEMETRY_SPOOL_DIR names another';
  return 'in the temporary directory, because no state directory can be used; EPHEMETRY_SPOOL_DIR names another';
}
