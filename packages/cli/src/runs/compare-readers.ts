/** Values of the options of `runs compare`. */
import {
  DIMENSION_RULE,
  isDimension,
  METRIC_NAMES,
  type MetricName,
  parseSelection,
  parseSuccessRule,
  type Selection,
  type SliceBy,
  type SuccessRule,
} from '@ephemetry/run-telemetry';
import { InvalidValue, type Reader } from '../command-line/option.ts';

/** `@FILE`, the path without its sign. */
export const atFile: Reader<string> = (given) => {
  if (given.startsWith('@') && given.length > 1) return given.slice(1);
  throw new InvalidValue('allowed: @ and the path of a file of events, such as @before.jsonl');
};

export const selection: Reader<Selection> = (given) => {
  const parsed = parseSelection(given);
  if (parsed.kind === 'selection') return parsed.selection;
  throw new InvalidValue(parsed.message);
};

export const successRule: Reader<SuccessRule> = (given) => {
  const rule = parseSuccessRule(given);
  if (rule !== undefined) return rule;
  throw new InvalidValue('allowed: outcome, or evaluation:NAME>=SCORE such as evaluation:reward>=1');
};

/** `scenario,model*tool` */
export const slicesBy: Reader<readonly SliceBy[]> = (given) => {
  const named = given.split(',').map((part): SliceBy => {
    const [first = '', second, ...more] = part.trim().split('*');
    const isKnown = isDimension(first) && (second === undefined || isDimension(second)) && first !== second;
    if (more.length > 0 || !isKnown)
      throw new InvalidValue(`allowed: ${DIMENSION_RULE}, with commas, or pairs such as model*tool`);
    return second === undefined ? [first] : [first, second];
  });
  const names = named.map((each) => each.join('*'));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidValue(`${twice} is named twice; allowed is once`);
  return named;
};

export const metrics: Reader<readonly MetricName[]> = (given) => [
  ...new Set(given.split(',').map((name) => metric(name.trim()))),
];

function metric(given: string): MetricName {
  const name = METRIC_NAMES.find((each) => each === given);
  if (name !== undefined) return name;
  throw new InvalidValue(`allowed: some of ${METRIC_NAMES.join(', ')}, with commas`);
}

/** `success=2,duration=10` */
export const floors: Reader<ReadonlyMap<MetricName, number>> = (given) =>
  new Map(
    given.split(',').map((part) => {
      const [, name = '', number = ''] = /^([a-z-]+)=(\d{1,3}(?:\.\d{1,4})?)$/.exec(part.trim()) ?? [];
      if (number === '')
        throw new InvalidValue('allowed: METRIC=NUMBER with commas, in points or percent, such as success=2');
      return [metric(name), Number(number)] as const;
    }),
  );
