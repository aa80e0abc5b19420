/** The board and the alerts of commands. */
import { type GrafanaOptions, resolveGrafanaOptions } from '../../engine/grafana-options.ts';
import type { Observability } from '../../engine/output/render.ts';
import { commandAlerts, type ExpectedCommand } from './command-alerts.ts';
import { commandsBoard } from './commands-board.ts';

/** What is set about the board of commands. */
export interface CommandsOptions extends GrafanaOptions {
  /** Commands that must end well now and then; without any there is no alert for it. @default none */
  readonly expected?: readonly ExpectedCommand[];
}

/**
 * The board "Commands" and its alerts.
 *
 * @throws RangeError when an option is wrong; see {@link resolveGrafanaOptions}
 *
 * @example
 * ```ts
 * import { commandsObservability } from '@ephemetry/grafana';
 *
 * const { alertGroups } = commandsObservability({ expected: [{ name: 'backup', everySeconds: 86_400 }] });
 * console.log(alertGroups[0]?.alerts.map(({ title }) => title)); // [ 'CommandFails', 'CommandLate' ]
 * ```
 */
export function commandsObservability({ expected = [], ...options }: CommandsOptions = {}): Observability {
  const resolved = resolveGrafanaOptions(options);
  return {
    options: resolved,
    dashboards: [commandsBoard(resolved)],
    alertGroups: [commandAlerts(resolved, expected)],
  };
}
