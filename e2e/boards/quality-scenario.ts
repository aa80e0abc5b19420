/** Histories of what the sources of quality report, and what `promtool test rules` says that our rules make of them. */
import { type QualityOptions, qualityObservability, renderObservability } from '@ephemetry/grafana';
import { parse } from 'yaml';
import { type Change, inputSeries, runPromtool } from './alert-scenario.ts';

/** A sample each half minute, as a scrape takes them. */
const SAMPLE_SECONDS = 30;

/** A recording rule or an alert of a Prometheus rule file. */
interface RecordOrAlert {
  readonly record?: string;
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A history, and what is so at some of its minutes. */
export interface QualityScenario {
  /** Shown when it fails. */
  readonly name: string;
  /** Series, as PromQL spells them, to their changes. The last value stays until the end. */
  readonly series: Readonly<Record<string, readonly Change[]>>;
  /** Minute to the alerts that fire then, each as `Name label=value`. */
  readonly firing?: Readonly<Record<number, readonly string[]>>;
  /** Expression to minute to its value, added up; `nothing` is no sample. */
  readonly values?: Readonly<Record<string, Readonly<Record<number, number | 'nothing'>>>>;
  readonly options?: QualityOptions;
}

/** What tells alerts of one name apart. */
const SUBJECTS = ['suite', 'target', 'host', 'device', 'repository', 'vantage', 'network', 'job'];

/** All rules of quality, in the order in which they are evaluated. */
export function qualityRules(options: QualityOptions = {}): readonly RecordOrAlert[] {
  return renderObservability('prometheus-rules', qualityObservability(options)).flatMap(({ content }) => {
    const { groups }: { groups: readonly { rules: readonly RecordOrAlert[] }[] } = parse(content);
    return groups.flatMap(({ rules }) => rules);
  });
}

/**
 * Judges histories by the rules whose names `isJudged` says; `seconds` is how often.
 *
 * @throws {Error} with promtool's report when a scenario is not as it says
 */
export function assertQuality(
  isJudged: (name: string, rule: RecordOrAlert) => boolean,
  scenarios: readonly QualityScenario[],
  seconds = 60,
): void {
  const rules = qualityRules(scenarios[0]?.options).filter((rule) =>
    isJudged(rule.record ?? rule.alert ?? '', rule),
  );
  runPromtool(rules, {
    evaluation_interval: `${seconds}s`,
    tests: scenarios.map(({ name, series, firing = {}, values = {} }) => {
      const minutes = [...Object.keys(firing), ...Object.values(values).flatMap((at) => Object.keys(at))].map(
        Number,
      );
      return {
        name,
        interval: `${SAMPLE_SECONDS}s`,
        input_series: inputSeries(series, Math.max(...minutes), SAMPLE_SECONDS),
        promql_expr_test: [
          ...Object.entries(firing).map(([minute, alerts]) => ({
            expr: `sum by (alertname, subject) (label_join(ALERTS{alertstate="firing"}, "subject", " ", ${SUBJECTS.map((label) => JSON.stringify(label)).join(', ')}))`,
            eval_time: `${minute}m`,
            exp_samples: alerts.map(firingSample),
          })),
          ...Object.entries(values).flatMap(([expr, at]) =>
            Object.entries(at).map(([minute, value]) => ({
              expr: `sum(${expr})`,
              eval_time: `${minute}m`,
              exp_samples: value === 'nothing' ? [] : [{ labels: '{}', value }],
            })),
          ),
        ],
      };
    }),
  });
}

function firingSample(text: string): object {
  const [name = '', ...subject] = text.split(' ');
  const joined = SUBJECTS.map(
    (label) => subject.find((each) => each.startsWith(`${label}=`))?.slice(label.length + 1) ?? '',
  );
  return { labels: `{alertname="${name}", subject="${joined.join(' ')}"}`, value: 1 };
}
