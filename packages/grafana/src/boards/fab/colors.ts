/** What a name of fab's labels looks like on every board: red failed, orange needs a look, green is well. */
import { FAB_LABELS, UNKNOWN } from '@ephemetry/contract';
import type { PanelColor } from '../../engine/panels/panel.ts';

type Colors = Readonly<Record<string, PanelColor>>;

/** How a session ended. */
export const OUTCOME_COLORS: Colors = {
  completed: 'green',
  error: 'red',
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

/** Colours that only tell apart, none of them a judgement. */
const NEUTRAL: readonly PanelColor[] = [
  'blue',
  'purple',
  'dark-yellow',
  'light-blue',
  'dark-purple',
  'yellow',
  'dark-blue',
  'light-purple',
  'dark-green',
  'light-green',
  'green',
];

/** A phase, with what the legend writes behind it. */
export function phaseColors(suffixes: readonly string[] = ['']): Colors {
  const known = FAB_LABELS.phase.values.filter((phase) => phase !== UNKNOWN);
  const colored = known.map((phase, index) => [phase, NEUTRAL[index % NEUTRAL.length] ?? 'text'] as const);
  return Object.fromEntries(
    [...colored, [UNKNOWN, 'text'] as const].flatMap(([phase, color]) =>
      suffixes.map((suffix) => [`${phase}${suffix}`, color]),
    ),
  );
}
