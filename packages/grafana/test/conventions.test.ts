// biome-ignore-all lint/style/noExcessiveLinesPerFile: every convention of a board, on all boards
/** What the platform's boards and alert groups have in common, on what is rendered. */
import {
  GrafanaAlertRuleGroup,
  GrafanaDashboard,
  GrafanaFolder,
} from '@kubernetes-models/grafana-operator/grafana.integreatly.org/v1beta1';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  alertGroupResource,
  type Board,
  boards,
  dashboardResources,
  files,
  type Panel,
  panelsOf,
  prometheusRules,
} from './outputs.ts';

const INSTANCES = { matchLabels: { dashboards: 'external' } };

describe('GrafanaDashboard resources', () => {
  test.each(dashboardResources())('$metadata.name is what the operator’s schema allows', (resource) => {
    const json: unknown = structuredClone(resource);
    expect(GrafanaDashboard.is(json)).toBe(true);
    if (GrafanaDashboard.is(json)) new GrafanaDashboard(json).validate();
  });

  test('the schema is one that refuses', () => {
    const [resource] = dashboardResources();
    const broken: unknown = { ...resource, spec: { ...resource?.spec, resyncPeriod: 24 } };
    if (!GrafanaDashboard.is(broken)) throw new Error('not a GrafanaDashboard');
    expect(() => new GrafanaDashboard(broken).validate()).toThrow(/resyncPeriod/);
  });

  test.each(dashboardResources())(
    '$metadata.name selects its instances, resyncs daily, has no namespace',
    (resource) => {
      expect(resource).toEqual({
        apiVersion: 'grafana.integreatly.org/v1beta1',
        kind: 'GrafanaDashboard',
        metadata: { name: expect.stringMatching(/^fab-/) },
        spec: { instanceSelector: INSTANCES, resyncPeriod: '24h', json: expect.any(String) },
      });
    },
  );

  test.each(dashboardResources())(
    '$metadata.name holds the board of the provisioning files',
    ({ metadata, spec }) => {
      expect(spec.json).toBe(files('provisioning').get(`dashboards/${metadata['name']}.json`));
    },
  );

  test('the JSON is a literal block, as people read and diff it', () => {
    for (const [path, text] of files('operator')) {
      if (path.startsWith('fab-') && path !== 'fab-slo.yaml')
        expect(text).toMatch(/^ {2}json: \|\n {4}\{\n/m);
    }
  });
});

describe.each(boards().map((board): [string, Board] => [board.title, board]))('%s', (_, board) => {
  test('follows the platform', () => {
    expect(board).toMatchObject({
      schemaVersion: 39,
      timezone: 'browser',
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      tags: ['nanohype', 'fab'],
    });
    expect(board.title).toMatch(/^fab — \w+$/);
    expect(board.uid).toBe(board.title.replace(' — ', '-'));
    expect(board.uid.length).toBeLessThanOrEqual(40);
  });

  test('every panel names its data source by type and uid, which every version of the schema takes', () => {
    for (const panel of panelsOf(board)) expect(panel.datasource).toEqual(source('managed-prometheus'));
  });

  test('panels stand side by side in the grid, and none on another', () => {
    for (const { gridPos, title } of board.panels) {
      expect(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title).toBe(true);
    }
    const overlaps = board.panels.flatMap((one, index) =>
      board.panels
        .slice(index + 1)
        .flatMap((other) => (overlap(one, other) ? [`${one.title} / ${other.title}`] : [])),
    );
    expect(overlaps).toEqual([]);
  });

  test('ids and titles of panels, and queries within one, are told apart', () => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const titles = board.panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const { targets = [] } of panelsOf(board)) {
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  test('charts ask for the range, everything else for its end', () => {
    for (const { type, title, targets = [] } of panelsOf(board)) {
      const asked = type === 'timeseries' ? { range: true } : { instant: true };
      for (const target of targets) expect(target, title).toMatchObject(asked);
    }
  });

  test('every panel asks a question, and says something when there is nothing', () => {
    for (const { description, fieldConfig, title } of panelsOf(board)) {
      expect(description, title).toMatch(/[?.]$/);
      expect(fieldConfig?.defaults.noValue, title).toMatch(/\w/);
    }
  });

  test('a summary panel is w6 h5, a chart is w12 h7, a ranking of 15 has room for all: w12 h12', () => {
    for (const { type, gridPos, title } of panelsOf(board)) {
      if (type === 'timeseries') expect(gridPos, title).toMatchObject({ w: 12, h: 7 });
      else if (type === 'bargauge') expect(gridPos, title).toMatchObject({ w: 12, h: 12 });
      else expect([6, 8], title).toContain(gridPos.w);
    }
  });

  test('the alert that a panel links to exists, and is its runbook', () => {
    const linked = panelsOf(board).filter(({ links = [] }) => links.length > 0);
    expect(linked.length).toBeGreaterThan(0);
    const rules = alertGroupResource().spec.rules.map(({ uid, annotations }) => [
      { title: 'Alert', url: `/alerting/grafana/${uid}/view` },
      { title: 'Runbook', url: annotations['runbook_url'] },
    ]);
    for (const { links } of linked) {
      expect(rules).toContainEqual((links ?? []).map(({ title, url }) => ({ title, url })));
    }
  });
});

test('the SLO row: pass rate of 30 days, budget left, burn of 1 h and of 6 h', () => {
  const [first, ...rest] = boards().find(({ uid }) => uid === 'fab-overview')?.panels ?? [];
  expect(first).toMatchObject({ type: 'row', title: expect.stringMatching(/^SLO/) });
  const row = rest.slice(
    0,
    rest.findIndex(({ type }) => type === 'row'),
  );
  expect(row.map(({ type, title, gridPos }) => [type, title, gridPos])).toEqual([
    ['stat', 'Self-eval pass rate (30d)', { x: 0, y: 1, w: 6, h: 5 }],
    ['gauge', 'Error budget left (30d)', { x: 6, y: 1, w: 6, h: 5 }],
    ['stat', 'Burn rate (1h)', { x: 12, y: 1, w: 6, h: 5 }],
    ['stat', 'Burn rate (6h)', { x: 18, y: 1, w: 6, h: 5 }],
  ]);
});

test('fab — overview narrows by cluster, group, phase and role', () => {
  const names = boards().map(({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]);
  expect(names).toEqual([
    ['fab-overview', ['cluster', 'group', 'phase', 'role', 'window']],
    ['fab-delivery', ['cluster', 'window']],
  ]);
});

test('the folder that the rules name is applied with them', () => {
  const folder: unknown = parse(files('operator', { folder: 'team' }).get('folder.yaml') ?? '');
  if (!GrafanaFolder.is(folder)) throw new Error('not a GrafanaFolder');
  new GrafanaFolder(folder).validate();
  expect(folder).toMatchObject({
    metadata: { name: 'team' },
    spec: { title: 'team', instanceSelector: INSTANCES },
  });
  expect(alertGroupResource({ folder: 'team' }).spec['folderRef']).toBe('team');
});

describe('GrafanaAlertRuleGroup resource', () => {
  const { spec, ...rest } = alertGroupResource();

  // `format: duration` is Go's, as in 1m, to an API server, and so says the pattern beside it in the operator's schema.
  // The npm package reads it as ISO 8601, PT1M: no text is both, so this one fault is all that may be found.
  const isoDuration = 'data/spec/interval must match format "duration"';

  test('is what the operator’s schema allows', () => {
    expect(ruleGroupFaults(alertGroupResource())).toBe(isoDuration);
    const noDuration = { ...rest, spec: { ...spec, interval: 'one minute' } };
    expect(ruleGroupFaults(noDuration)).toMatch(
      /^data\/spec\/interval must match format "duration", data\/spec\/interval must match pattern/,
    );
  });

  test.each([
    [{ uid: 'u'.repeat(41) }, /uid/],
    [{ noDataState: 'Fine' }, /noDataState/],
    [{ condition: undefined }, /condition/],
  ])('the schema is one that refuses a rule with %o', (change, message) => {
    const broken = { ...rest, spec: { ...spec, rules: [{ ...spec.rules[0], ...change }] } };
    expect(ruleGroupFaults(broken)).toMatch(message);
  });

  test('selects its instances and its folder, is judged every minute, has no namespace', () => {
    expect(rest).toEqual({
      apiVersion: 'grafana.integreatly.org/v1beta1',
      kind: 'GrafanaAlertRuleGroup',
      metadata: { name: 'fab-slo' },
    });
    expect(spec).toEqual({
      instanceSelector: INSTANCES,
      folderRef: 'slo-alerts',
      interval: '1m',
      rules: expect.any(Array),
    });
  });

  test.each(spec.rules)('$title follows the platform', (rule) => {
    expect(rule.uid).toMatch(/^[\w-]{1,40}$/);
    expect(rule).toMatchObject({ condition: 'B', noDataState: 'OK', execErrState: 'Error' });
    expect(rule.labels).toEqual({
      severity: expect.stringMatching(/^(page|ticket)$/),
      service: 'fab',
      component: expect.stringMatching(/^[a-z-]+$/),
    });
    expect(rule.annotations).toEqual({
      summary: expect.stringMatching(/\w/),
      description: expect.stringMatching(/\w/),
      // The page of the alert, and its heading.
      runbook_url: expect.stringMatching(new RegExp(`/docs/alerts/${rule.uid}\\.md#${rule.uid}$`)),
    });
  });

  test.each(spec.rules)(
    '$title: A is an instant query, B a threshold on its last value above 0',
    ({ data }) => {
      const [query, threshold, ...more] = data;
      expect(more).toEqual([]);
      expect(query).toMatchObject({
        refId: 'A',
        datasourceUid: 'managed-prometheus',
        model: { refId: 'A', instant: true, range: false, expr: expect.any(String) },
      });
      expect(threshold).toMatchObject({
        refId: 'B',
        datasourceUid: '__expr__',
        model: {
          refId: 'B',
          type: 'threshold',
          expression: 'A',
          conditions: [{ evaluator: { type: 'gt', params: [0] }, reducer: { type: 'last' } }],
        },
      });
    },
  );

  test.each([
    ...spec.rules,
    // Longer than anything else that the alert looks at.
    ...alertGroupResource({ stallWindow: '2w' }).spec.rules.filter(
      ({ uid }) => uid === 'fab-merge-gate-stall',
    ),
  ])('$title: Grafana asks as far back as the expression looks', ({ data, title }) => {
    const [query] = data;
    expect(query?.relativeTimeRange, title).toEqual({ from: furthest(String(query?.model['expr'])), to: 0 });
  });

  test('the options reach the resource', () => {
    const { spec: changed } = alertGroupResource({
      folder: 'team',
      datasource: 'amp',
      severities: { page: 'critical', ticket: 'warning' },
      runbookBaseUrl: 'https://example.org/runbooks/',
    });
    expect(changed['folderRef']).toBe('team');
    expect(new Set(changed.rules.map(({ labels }) => labels['severity']))).toEqual(
      new Set(['critical', 'warning']),
    );
    expect(changed.rules[0]?.data[0]?.datasourceUid).toBe('amp');
    expect(changed.rules[0]?.annotations['runbook_url']).toBe(
      'https://example.org/runbooks/fab-self-eval-burn-1h.md#fab-self-eval-burn-1h',
    );
    const sources = boards({ datasource: 'amp' })
      .flatMap(panelsOf)
      .map(({ datasource }) => datasource);
    for (const each of sources) expect(each).toEqual(source('amp'));
  });
});

test('provisioning files hold the same rules', () => {
  const [group, ...more] = parse(files('provisioning').get('alerting/fab-slo.yaml') ?? '').groups;
  expect(more).toEqual([]);
  expect(group).toEqual({
    orgId: 1,
    name: 'fab-slo',
    folder: 'slo-alerts',
    interval: '1m',
    rules: alertGroupResource().spec.rules,
  });
});

test('the rule file carries the same labels and annotations', () => {
  const rules = alertGroupResource().spec.rules;
  expect(prometheusRules()).toEqual(
    rules.map(({ title, for: wait, labels, annotations, data }) => ({
      alert: title,
      expr: data[0]?.model['expr'],
      for: wait,
      labels,
      annotations,
    })),
  );
});

function source(uid: string): object {
  return { type: 'prometheus', uid };
}

function ruleGroupFaults(resource: unknown): string {
  if (!GrafanaAlertRuleGroup.is(resource)) return 'no GrafanaAlertRuleGroup';
  try {
    new GrafanaAlertRuleGroup(resource).validate();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  return (
    one.x < other.x + other.w &&
    other.x < one.x + one.w &&
    one.y < other.y + other.h &&
    other.y < one.y + one.h
  );
}

/** Seconds from now to the oldest sample that an expression needs: its longest window with the offset behind it. */
function furthest(expr: string): number {
  const seconds = (duration = ''): number =>
    [...duration.matchAll(/(\d+)([smhdw])/g)].reduce(
      (sum, [, count, unit]) =>
        sum + Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit ?? ''] ?? 0),
      0,
    );
  return Math.max(
    ...[...expr.matchAll(/\[(\w+)\](?: offset (\w+))?/g)].map(
      ([, window, offset]) => seconds(window) + seconds(offset),
    ),
  );
}
