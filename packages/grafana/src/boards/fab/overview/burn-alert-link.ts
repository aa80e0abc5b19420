import { type BurnRate, burnAlertUid } from '../../../engine/alerts/burn-rate.ts';
import type { PanelDefinition } from '../../../engine/panels/panel.ts';

/** A panel's link to the alert at a burn rate, when there is one. */
export function linkTo(rate: BurnRate | undefined): Pick<PanelDefinition, 'alert'> {
  return rate === undefined ? {} : { alert: burnAlertUid(rate) };
}
