/** What a name of fab's labels looks like on every board: red failed, orange needs a look, green is well. */
import { FAB_LABELS, type FabPhase, UNKNOWN } from '@ephemetry/contract';
import type { PanelColor } from '../../engine/panels/panel.ts';

type Colors = Readonly<Record<string, PanelColor>>;

/** How a session ended. */
export const OUTCOME_COLORS: Colors = {
  completed: 'green',
  error: 'red',
  timeout: 'dark-yellow',
  terminated: 'orange',
  budget: 'yellow',
  interrupted: 'purple',
  [UNKNOWN]: 'text',
};

/** A merge gate's decision, for each profile as the legend writes it. */
export const DECISION_COLORS: Colors = Object.fromEntries(
  FAB_LABELS.profile.values.flatMap((profile) => [
    [`${profile} approve`, profile === 'code' ? 'green' : 'light-green'],
    [`${profile} revise`, profile === 'code' ? 'orange' : 'yellow'],
    [`${profile} reject`, 'red'],
    [`${profile} ${UNKNOWN}`, 'text'],
  ]),
);

/** The part of the organisation. */
export const GROUP_COLORS: Colors = {
  factory: 'blue',
  firm: 'purple',
  lab: '#637939',
  [UNKNOWN]: 'text',
};

/** Two shades of one colour for each phase, none of them a judgement: the full one and a lighter one. */
const PHASE_SHADES: Readonly<Record<FabPhase | typeof UNKNOWN, readonly [PanelColor, PanelColor]>> = {
  discovery: ['#5794F2', '#A9C9F9'],
  design: ['#B877D9', '#DBBBEC'],
  build: ['#E0B400', '#F0DA80'],
  verify: ['#14A3A8', '#8AD1D4'],
  ship: ['#1F60C4', '#8FB0E2'],
  operate: ['#8F3BB8', '#C79DDC'],
  customer: ['#8C6D31', '#C6B698'],
  business: ['#E377C2', '#F1BBE1'],
  'system-curators': ['#5A6B7B', '#ADB5BD'],
  staff: ['#7B7DC9', '#BDBEE4'],
  lab: ['#637939', '#B1BC9C'],
  [UNKNOWN]: ['text', 'text'],
};

/** Each phase. */
export const PHASE_COLORS: Colors = Object.fromEntries(
  Object.entries(PHASE_SHADES).map(([phase, [full]]) => [phase, full]),
);

/** What each phase wrote, and lighter, what it read. */
export const PHASE_TOKEN_COLORS: Colors = Object.fromEntries(
  Object.entries(PHASE_SHADES).flatMap(([phase, [full, light]]) => [
    [`${phase} output`, full],
    [`${phase} input`, light],
    [`${phase} ${UNKNOWN}`, 'text'],
  ]),
);
