/** The option of every verb that reads `ephemetry.yaml`, and what it says when the file is wrong. */
import { InvalidValue, type Option, optional, type Reader } from '../command-line/option.ts';
import { filePath } from '../command-line/readers.ts';
import type { Output } from '../terminal/output.ts';
import { describeFault } from './fault.ts';
import { FILE_NAME, FILE_VARIABLE } from './file-name.ts';
import { type OpenedConfiguration, openConfiguration } from './open-configuration.ts';
import { LABEL_NAME, type NameRule } from './shape/text.ts';

/** `--config`. */
export const CONFIG: Option<string | undefined> = optional(
  'file',
  'what the deployment declares',
  filePath,
  `${FILE_VARIABLE}, else ${FILE_NAME} in the working directory`,
);

/** A name that a flag gives to a label, such as `--suite`. */
export function labelName(rule: NameRule = LABEL_NAME): Reader<string> {
  return (given) => {
    if (rule.allows(given)) return given;
    throw new InvalidValue(`allowed: ${rule.allowed}`);
  };
}

/** Faults beyond these are counted. */
const FAULTS_SHOWN = 50;

/**
 * What the deployment declares: nothing where there is no file. What is wrong is told on standard error.
 *
 * @returns undefined when the file is wrong or cannot be read: the verb failed
 */
export function openedOrTold(
  config: string | undefined,
  env: NodeJS.ProcessEnv,
  output: Output,
): Extract<OpenedConfiguration, { readonly kind: 'valid' | 'absent' }> | undefined {
  const opened = openConfiguration(config, env);
  if (opened.kind === 'valid' || opened.kind === 'absent') return opened;
  tellFaults(opened, output);
  return undefined;
}

/** On standard error, a line each. */
export function tellFaults(
  opened: Extract<OpenedConfiguration, { readonly kind: 'faulty' | 'unreadable' }>,
  output: Output,
): void {
  if (opened.kind === 'unreadable') {
    output.printError(`${opened.message}\n`);
    return;
  }
  for (const fault of opened.faults.slice(0, FAULTS_SHOWN)) {
    output.printError(`${describeFault(opened.path, fault)}\n`);
  }
  const others = opened.faults.length - FAULTS_SHOWN;
  if (others > 0) output.printError(`and ${others} more\n`);
}
