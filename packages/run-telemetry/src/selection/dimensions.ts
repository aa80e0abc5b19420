/** The dimensions that runs are selected and sliced by. */
import type { AgentRun } from '../facts/agent-run.ts';

/** Names of dimensions; besides these there are `tag.NAME` and `config.NAME`. */
const DIMENSIONS = [
  'project',
  'scenario',
  'model',
  'provider',
  'tool',
  'agent',
  'agent_version',
  'group',
] as const;

/** What a dimension may be called, for messages. */
export const DIMENSION_RULE: string = `${DIMENSIONS.join(', ')}, tag.NAME or config.NAME`;

/** Whether a name is that of a dimension. */
export function isDimension(name: string): boolean {
  return DIMENSIONS.some((each) => each === name) || /^(?:tag|config)\..+/.test(name);
}

/** The values that a run has: of `tool` one for each tool that it used, of all others one or none. */
export function valuesOf(run: AgentRun, dimension: string): readonly string[] {
  if (dimension === 'tool') return [...run.tools.keys()];
  const value = singleValue(run, dimension);
  return value === undefined ? [] : [value];
}

function singleValue(run: AgentRun, dimension: string): string | undefined {
  switch (dimension) {
    case 'project':
    case 'scenario':
    case 'model':
    case 'provider':
    case 'agent':
    case 'group':
      return run[dimension];
    case 'agent_version':
      return run.agentVersion;
    default:
      return named(run, dimension);
  }
}

function named(run: AgentRun, dimension: string): string | undefined {
  const [kind = '', name = ''] = [dimension.split('.', 1)[0], dimension.slice(dimension.indexOf('.') + 1)];
  const texts = kind === 'tag' ? run.tags : run.config;
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}
