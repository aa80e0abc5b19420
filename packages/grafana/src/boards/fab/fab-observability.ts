/** Everything there is to show and to be woken by, under one set of options. */

import { type GrafanaOptions, resolveGrafanaOptions } from '../../engine/grafana-options.ts';
import type { Observability } from '../../engine/output/render.ts';
import { fabSlo } from './alerts/fab-slo.ts';
import { fabDelivery } from './delivery/fab-delivery.ts';
import { fabOverview } from './overview/fab-overview.ts';

/** fab's boards and alerts before they take a format. */
export type FabObservability = Observability;

/** The limit of Grafana. */
const LONGEST_UID = 40;

/**
 * fab's dashboards and alerts.
 *
 * @throws RangeError when an option is wrong or an alert could never fire under it; see {@link resolveGrafanaOptions}
 *
 * @example
 * ```ts
 * import { fabObservability } from '@ephemetry/grafana';
 *
 * const { dashboards } = fabObservability({ objective: 0.95 });
 * console.log(dashboards.map(({ uid }) => uid)); // [ 'fab-overview', 'fab-delivery' ]
 * ```
 */
export function fabObservability(options: GrafanaOptions = {}): FabObservability {
  const resolved = resolveGrafanaOptions(options);
  const dashboards = [fabOverview(resolved), fabDelivery(resolved)];
  const alertGroups = [fabSlo(resolved)];
  assertUids(dashboards.map(({ uid }) => uid));
  assertUids(alertGroups.flatMap(({ alerts }) => alerts.map(({ uid }) => uid)));
  return { options: resolved, dashboards, alertGroups };
}

/**
 * Grafana keeps one of two things with the same uid, and cuts none that is too long: it refuses it.
 *
 * @throws RangeError naming the uid
 */
export function assertUids(uids: readonly string[]): void {
  for (const [index, uid] of uids.entries()) {
    if (uids.indexOf(uid) !== index) {
      throw new RangeError(
        `uid "${uid}" is given twice; allowed: each uid once (burnRates: each long window once)`,
      );
    }
    if (!/^[\w-]+$/.test(uid) || uid.length > LONGEST_UID) {
      throw new RangeError(
        `uid "${uid}" has ${uid.length} characters; allowed: up to ${LONGEST_UID} letters, digits, - and _`,
      );
    }
  }
}
