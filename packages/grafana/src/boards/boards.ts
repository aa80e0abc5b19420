/** The list of boards: what is in it is exported by the command, generated and documented. */
import type { GrafanaOptions } from '../engine/grafana-options.ts';
import type { Observability } from '../engine/output/render.ts';
import { type CommandsOptions, commandsObservability } from './commands/commands-observability.ts';
import { fabObservability } from './fab/fab-observability.ts';

/** Names of boards. */
export const BOARD_NAMES = ['fab', 'commands'] as const;
export type BoardName = (typeof BOARD_NAMES)[number];

/** What is set about any board; each takes what is for it. */
export type BoardOptions = GrafanaOptions & CommandsOptions;

/** Dashboards and alerts by the name of their board. */
export const BOARDS: Readonly<Record<BoardName, (options?: BoardOptions) => Observability>> = {
  fab: ({ expected: _ofCommands, ...options } = {}) => fabObservability(options),
  commands: commandsObservability,
};
