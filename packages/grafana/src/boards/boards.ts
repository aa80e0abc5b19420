/** The list of boards: what is in it is exported by the command, generated and documented. */
import type { GrafanaOptions } from '../engine/grafana-options.ts';
import type { Observability } from '../engine/output/render.ts';
import { type CommandsOptions, commandsObservability } from './commands/commands-observability.ts';
import { fabObservability } from './fab/fab-observability.ts';
import { type QualityOptions, qualityObservability } from './quality/quality-observability.ts';

/** Names of boards. */
export const BOARD_NAMES = ['fab', 'commands', 'quality'] as const;
export type BoardName = (typeof BOARD_NAMES)[number];

/** What is set about any board; each takes what is for it. */
export type BoardOptions = GrafanaOptions & CommandsOptions & QualityOptions;

/** Dashboards and alerts by the name of their board. */
export const BOARDS: Readonly<Record<BoardName, (options?: BoardOptions) => Observability>> = {
  fab: (options) => fabObservability(forAll(options)),
  commands: (options) => commandsObservability({ ...forAll(options), ...ofCommands(options) }),
  quality: (options) => qualityObservability({ ...forAll(options), ...ofQuality(options) }),
};

/** Without what is for one board alone: options that a board does not know are refused. */
function forAll({
  expected: _ofCommands,
  suites: _ofQuality,
  alertmanager: _ofQualityToo,
  ...options
}: BoardOptions = {}): GrafanaOptions {
  return options;
}

function ofCommands({ expected = [] }: BoardOptions = {}): CommandsOptions {
  return { expected };
}

function ofQuality({ suites = [], alertmanager = {} }: BoardOptions = {}): QualityOptions {
  return { suites, alertmanager };
}
