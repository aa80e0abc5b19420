/** Why the spool is where it is: words for what the exporter's own rules chose. */
import { locateSpool, type SpoolPlace } from '@ephemetry/exporter/spool';

const WORDS: Readonly<Record<SpoolPlace['why'], string>> = {
  option: 'named by --spool-dir',
  variable: 'named by EPHEMETRY_SPOOL_DIR',
  'xdg-state-home': 'the default, in XDG_STATE_HOME; EPHEMETRY_SPOOL_DIR names another',
  home: 'the default, in the home directory; EPHEMETRY_SPOOL_DIR names another',
  temporary:
    'in the temporary directory, because no state directory can be used; EPHEMETRY_SPOOL_DIR names another',
};

/** Which setting or default made the exporter choose the spool. */
export function explainSpoolPlace(spoolDir: string | undefined, env: NodeJS.ProcessEnv): string {
  return WORDS[locateSpool({ spoolDir }, env).why];
}
