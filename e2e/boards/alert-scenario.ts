/** A history of totals, and what `promtool test rules` says that our alert rules make of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GrafanaOptions, renderGrafana } from '@ephemetry/grafana';
import { parse, stringify } from 'yaml';
import { locateTools } from '../support/tools.ts';

/** The scrape interval of the gateway. */
const SCRAPE_SECONDS = 15;

/** From a minute on, this value; `absent` is no sample, `stale` says at once that there are none. */
export type Change = readonly [minute: number, value: number | 'absent' | 'stale'];

/** A history, and which alerts it must raise. */
export interface Scenario {
  /** Series, as PromQL spells them, to their changes. The last value stays until the end. */
  readonly series: Readonly<Record<string, readonly Change[]>>;
  /** Alert to minute to the labels of each alert that fires then. The last minute ends the scenario. */
  readonly firing?: Readonly<Record<string, Readonly<Record<number, readonly Labels[]>>>>;
  /** Alerts that do not fire at any minute of the scenario. */
  readonly neverFiring?: readonly string[];
  /** @default the last minute that is asked about */
  readonly untilMinute?: number;
  /** From one sample to the next. @default {@link SCRAPE_SECONDS} */
  readonly sampleSeconds?: number;
  /** @default 1: every rule is evaluated once a minute */
  readonly evaluationMinutes?: number;
  readonly options?: GrafanaOptions;
  /** Rules to judge instead of all of ours. */
  readonly rules?: readonly Rule[];
}

type Labels = Readonly<Record<string, string>>;

/** A rule of a Prometheus rule file. */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

/** Our rules under these options. */
export function alertRules(options: GrafanaOptions = {}): readonly Rule[] {
  return renderGrafana('prometheus-rules', options).flatMap(({ content }) => {
    const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = parse(content);
    return groups.flatMap(({ rules }) => rules);
  });
}

/** @throws {Error} with promtool's report when the alerts are others than the scenario says. */
export function assertAlerts(scenario: Scenario): void {
  const { firing = {}, neverFiring = [], rules = alertRules(scenario.options) } = scenario;
  const asked = [...Object.keys(firing), ...neverFiring];
  const judged = asked.map((name) => {
    const rule = rules.find(({ alert }) => alert === name);
    if (rule === undefined) throw new Error(`no alert ${name}; there are ${rules.map(({ alert }) => alert)}`);
    return rule;
  });
  const minutes = Object.values(firing).flatMap((at) => Object.keys(at).map(Number));
  const end = scenario.untilMinute ?? Math.max(...minutes);
  const { sampleSeconds = SCRAPE_SECONDS, evaluationMinutes = 1 } = scenario;
  runPromtool(judged, {
    evaluation_interval: `${evaluationMinutes}m`,
    tests: [
      {
        interval: `${sampleSeconds}s`,
        input_series: inputSeries(scenario.series, end, sampleSeconds),
        alert_rule_test: judged.flatMap((rule) =>
          Object.entries(firing[rule.alert] ?? {}).map(([minute, alerts]) => ({
            eval_time: `${minute}m`,
            alertname: rule.alert,
            exp_alerts: alerts.map((labels) => expectedAlert(rule, labels)),
          })),
        ),
        promql_expr_test: neverFiring.map((name) => ({
          expr: `count_over_time(ALERTS{alertname="${name}",alertstate="firing"}[${end + 1}m])`,
          eval_time: `${end}m`,
          exp_samples: [],
        })),
      },
    ],
  });
}

/** A history, and what one expression says in it. */
export interface ValueHistory {
  /** Series, as PromQL spells them, to their changes. The last value stays until the end. */
  readonly series: Readonly<Record<string, readonly Change[]>>;
  /** Minute to the value, to the nearest whole number; `nothing` is no sample. The last minute ends the history. */
  readonly values: Readonly<Record<number, number | 'nothing'>>;
}

/** @throws {Error} with promtool's report when an expression without labels has other values than the history says. */
export function assertValues(expr: string, { series, values }: ValueHistory): void {
  const end = Math.max(...Object.keys(values).map(Number));
  runPromtool([], {
    tests: [
      {
        interval: `${SCRAPE_SECONDS}s`,
        input_series: inputSeries(series, end, SCRAPE_SECONDS),
        promql_expr_test: Object.entries(values).map(([minute, value]) => ({
          // increase() may extrapolate by a scrape.
          expr: `round(${expr})`,
          eval_time: `${minute}m`,
          exp_samples: value === 'nothing' ? [] : [{ labels: '{}', value }],
        })),
      },
    ],
  });
}

/** With what its labels make of its annotations. */
function expectedAlert({ labels = {}, annotations = {} }: Rule, own: Labels): object {
  const expand = (text: string): string =>
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => own[name] ?? '');
  return {
    exp_labels: { ...labels, ...own },
    exp_annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [name, expand(text)]),
    ),
  };
}

/** A history in promtool's notation. */
export function inputSeries(
  series: Scenario['series'],
  endMinute: number,
  sampleSeconds: number,
): readonly object[] {
  return Object.entries(series).map(([name, changes]) => ({
    series: name,
    values: samples(changes, endMinute, sampleSeconds),
  }));
}

/** In promtool's notation: `0+0x3` is four times 0, `_x3` is three times nothing. */
function samples(changes: readonly Change[], endMinute: number, sampleSeconds: number): string {
  const index = (minute: number): number => Math.round((minute * 60) / sampleSeconds);
  const within = changes.filter(([minute]) => minute <= endMinute);
  return within
    .map(([minute, value], at) => {
      const next = within[at + 1];
      const count = (next === undefined ? index(endMinute) + 1 : index(next[0])) - index(minute);
      if (value === 'absent') return `_x${count}`;
      if (value === 'stale') return count > 1 ? `stale _x${count - 1}` : 'stale';
      return `${value}+0x${count - 1}`;
    })
    .join(' ');
}

/** @throws {Error} with promtool's report when the rules say anything else than the test */
export function runPromtool(rules: readonly object[], test: object): void {
  const directory = mkdtempSync(join(tmpdir(), 'alert-scenario-'));
  try {
    writeFileSync(join(directory, 'rules.yaml'), stringify({ groups: [{ name: 'judged', rules }] }));
    writeFileSync(join(directory, 'test.yaml'), stringify({ rule_files: ['rules.yaml'], ...test }));
    const { status, stdout, stderr } = spawnSync(locateTools().promtool, ['test', 'rules', 'test.yaml'], {
      cwd: directory,
      encoding: 'utf8',
      // Its garbage is collected less often: a quarter less CPU time.
      env: { ...process.env, GOGC: '400' },
    });
    if (status !== 0) throw new Error(`promtool ended with ${status}\n${stdout}${stderr}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
