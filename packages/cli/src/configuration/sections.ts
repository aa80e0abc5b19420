/** The file as a whole: its sections, each as it is given. */
import { LIMITS } from './limits.ts';
import { COMMANDS, type GivenCommand } from './sections/commands.ts';
import { type GivenNetwork, NETWORKS } from './sections/networks.ts';
import { type GivenRepository, REPOSITORIES } from './sections/repositories.ts';
import { type GivenRow, ROWS } from './sections/rows.ts';
import { type GivenSuite, SUITES } from './sections/suites.ts';
import { type GivenTarget, TARGETS } from './sections/targets.ts';
import { type Named, optional, record } from './shape/record.ts';
import type { Shape } from './shape/shape.ts';
import { LABEL_NAME, name } from './shape/text.ts';

/** What each section says; undefined where it is left out. */
export interface GivenSections {
  readonly suites: readonly Named<GivenSuite>[] | undefined;
  readonly networks: readonly Named<GivenNetwork>[] | undefined;
  readonly vantage: string | undefined;
  readonly targets: readonly Named<GivenTarget>[] | undefined;
  readonly repositories: readonly Named<GivenRepository>[] | undefined;
  readonly commands: readonly Named<GivenCommand>[] | undefined;
  readonly rows: readonly Named<GivenRow>[] | undefined;
  readonly limits: Readonly<Record<string, number | undefined>> | undefined;
}

/** The whole file. */
export const FILE_SHAPE: Shape<GivenSections> = record<GivenSections>({
  suites: optional('test suites by name', SUITES),
  networks: optional('networks by name', NETWORKS),
  vantage: optional('where this prober stands', name(LABEL_NAME)),
  targets: optional('services that are probed, by name', TARGETS),
  repositories: optional('repositories of a forge, as owner/name', REPOSITORIES),
  commands: optional('jobs that run now and then, by name', COMMANDS),
  rows: optional('what a target of the stack applies to, by its name', ROWS),
  limits: optional('how many values a label may have, by the name of the label', LIMITS),
});
