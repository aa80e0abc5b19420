/** The label `command` of a run: a name that the deployment declares, or one of those that the spool remembers. */
import { existsSync } from 'node:fs';
import { UNKNOWN } from '@ephemetry/contract';
import { FILE_NAME, FILE_VARIABLE } from './file-name.ts';
import { namesDirectory, rememberName } from './remembered-names.ts';

/** Where a name may be known from. */
export interface NamePlaces {
  readonly env: NodeJS.ProcessEnv;
  readonly spoolDir: string | undefined;
  /** Takes a line for standard error. */
  readonly say: (line: string) => void;
}

/** The name, or `unknown` when it is not declared and there is no room to remember it. Never rejects. */
export async function commandLabel(name: string, { env, spoolDir, say }: NamePlaces): Promise<string> {
  if (name === UNKNOWN) return UNKNOWN;
  try {
    if ((await declaredCommands(env, say)).includes(name)) return name;
    const remembered = rememberName('command', name, namesDirectory(env, spoolDir));
    return remembered.kind === 'remembered' ? name : UNKNOWN;
  } catch {
    // A spool that cannot be used is told by the exporter.
    return UNKNOWN;
  }
}

/** Most directories have no such file: the reader of YAML is loaded only where one is. */
async function declaredCommands(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<readonly string[]> {
  if ((env[FILE_VARIABLE] ?? '') === '' && !existsSync(FILE_NAME)) return [];
  const { openConfiguration } = await import('./open-configuration.ts');
  const opened = openConfiguration(undefined, env);
  if (opened.kind === 'valid' || opened.kind === 'absent') {
    return opened.configuration.commands.map(({ name }) => name);
  }
  say(`${opened.path} declares no commands for this run: \`ephemetry config check\` says what is wrong`);
  return [];
}
