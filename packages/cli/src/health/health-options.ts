/** Options of every health verb, and the targets that they choose. */

import { UNKNOWN } from '@ephemetry/contract';
import type { Network, Target } from '@ephemetry/health';
import {
  flag,
  InvalidValue,
  type Option,
  type Options,
  optional,
  type Reader,
} from '../command-line/option.ts';
import { CONFIG, labelName, openedOrTold } from '../configuration/config-option.ts';
import { givenLabel } from '../configuration/given-label.ts';
import { namesDirectory } from '../configuration/remembered-names.ts';
import type { Output } from '../terminal/output.ts';

/** What each of them is given. */
export interface HealthValues {
  readonly config: string | undefined;
  readonly vantage: string | undefined;
  readonly only: readonly string[] | undefined;
  readonly json: boolean;
}

const names: Reader<readonly string[]> = (given) => {
  const parts = given.split(',').map((part) => part.trim());
  if (parts.every((part) => part !== '')) return [...new Set(parts)];
  throw new InvalidValue('allowed: names of targets, with commas between');
};

const VANTAGE: Option<string | undefined> = optional(
  'name',
  'where this prober stands',
  labelName(),
  `vantage of the file, else ${UNKNOWN}`,
);

export const HEALTH_OPTIONS: Options<HealthValues> = {
  config: CONFIG,
  vantage: VANTAGE,
  only: optional('target', 'probe this target only, or several with commas between', names, 'all of them'),
  json: flag('print one JSON line for each round'),
};

/** What is probed, and from where. */
export interface Probing {
  readonly vantage: string;
  /** Those that were asked for. */
  readonly targets: readonly Target[];
  /** All that the file declares. */
  readonly declared: readonly Target[];
  readonly networks: readonly Network[];
}

/** What becomes of the probes. */
export interface Recording {
  /** A vantage that the file does not declare is remembered only where probes are recorded. */
  readonly isRecorded: boolean;
  /** @default the spool of the environment */
  readonly spoolDir?: string | undefined;
}

/**
 * Reads what the deployment declares, and chooses the targets. A vantage that is not declared and finds no place among the
 * names that are remembered is `unknown`; that is told as well.
 *
 * @returns undefined when there is nothing to probe; why is told on standard error
 */
export function probingOrTold(
  { config, vantage, only }: HealthValues,
  env: NodeJS.ProcessEnv,
  output: Output,
  { isRecorded, spoolDir }: Recording,
): Probing | undefined {
  const opened = openedOrTold(config, env, output);
  if (opened === undefined) return undefined;
  const { targets, networks } = opened.configuration;
  const known = targets.map(({ name }) => name);
  const strangers = (only ?? []).filter((name) => !known.includes(name));
  const told = (message: string): undefined => void output.printError(`${message}\n`);
  if (targets.length === 0) {
    return told(
      `no targets are declared: name them in the section targets of ${opened.path}, or another file with --config`,
    );
  }
  if (strangers.length > 0) {
    return told(
      `--only names ${strangers.join(', ')}; allowed: a target that ${opened.path} declares: ${known.join(', ')}`,
    );
  }
  const standing = opened.configuration.vantage;
  const { value, remark } = givenLabel({
    label: 'vantage',
    name: vantage ?? standing,
    declared: standing === undefined ? [] : [standing],
    namesDirectory: namesDirectory(env, spoolDir),
    isRecorded,
  });
  if (remark !== undefined) told(remark);
  return {
    vantage: value,
    targets: only === undefined ? targets : targets.filter(({ name }) => only.includes(name)),
    declared: targets,
    networks,
  };
}
