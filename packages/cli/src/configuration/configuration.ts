/**
 * What a deployment declares in `ephemetry.yaml`, as a value that cannot be wrong:
 *
 *     bytes ─▶ YAML (parse-yaml) ─▶ sections (shape/, sections/) ─▶ the whole (cross-checks) ─▶ Configuration
 *                  └──────────────────── faults, each with its line, all at once ──────────────┘
 */
import type { Network, Target } from '@ephemetry/health';
import { crossFaults } from './cross-checks.ts';
import { type ConfigurationFault, inOrder } from './fault.ts';
import { limitsOf } from './limits.ts';
import { parseYaml } from './parse-yaml.ts';
import { type Command, commandOf } from './sections/commands.ts';
import { networkOf } from './sections/networks.ts';
import { type Repository, repositoryOf } from './sections/repositories.ts';
import { type Row, rowOf } from './sections/rows.ts';
import { type DeclaredSuite, suiteOf } from './sections/suites.ts';
import { targetOf } from './sections/targets.ts';
import { FILE_SHAPE, type GivenSections } from './sections.ts';

/** A file that was read whole. Names are in the order of the file. */
export interface Configuration {
  readonly suites: readonly DeclaredSuite[];
  readonly networks: readonly Network[];
  /** Where this prober stands. */
  readonly vantage?: string;
  readonly targets: readonly Target[];
  readonly repositories: readonly Repository[];
  readonly commands: readonly Command[];
  readonly rows: readonly Row[];
  /** How many values each declared label may have. */
  readonly limits: ReadonlyMap<string, number>;
}

/** A text is a configuration, or everything that is wrong with it. */
export type ConfigurationReading =
  | { readonly kind: 'valid'; readonly configuration: Configuration }
  | { readonly kind: 'faulty'; readonly faults: readonly ConfigurationFault[] };

/**
 * Reads the text of a configuration file.
 *
 */
export function readConfiguration(text: string): ConfigurationReading {
  const parsed = parseYaml(text);
  if (parsed.kind === 'unreadable') return { kind: 'faulty', faults: inOrder(parsed.faults) };
  const faults: ConfigurationFault[] = [...parsed.faults];
  const sections = FILE_SHAPE.read(parsed.given, '', (fault) => faults.push(fault));
  if (sections !== undefined) faults.push(...crossFaults(sections));
  if (sections === undefined || faults.length > 0) return { kind: 'faulty', faults: inOrder(faults) };
  return { kind: 'valid', configuration: configurationOf(sections) };
}

/** What a deployment without a file declares: nothing. */
export const NO_CONFIGURATION: Configuration = {
  suites: [],
  networks: [],
  targets: [],
  repositories: [],
  commands: [],
  rows: [],
  limits: limitsOf({}),
};

function configurationOf(sections: GivenSections): Configuration {
  const { suites = [], networks = [], targets = [], repositories = [], commands = [], rows = [] } = sections;
  return {
    suites: suites.map(suiteOf),
    networks: networks.map(networkOf),
    ...(sections.vantage === undefined ? {} : { vantage: sections.vantage }),
    targets: targets.flatMap(targetOf),
    repositories: repositories.map(repositoryOf),
    commands: commands.flatMap(commandOf),
    rows: rows.map(rowOf),
    limits: limitsOf(sections.limits ?? {}),
  };
}
