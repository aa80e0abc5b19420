import { describe, expect, test } from 'vitest';
import { type GrafanaOptions, GrafanaOptionsError, resolveGrafanaOptions } from './grafana-options.ts';

test('the defaults are what is documented', () => {
  expect(resolveGrafanaOptions()).toMatchObject({
    objective: 0.95,
    datasource: 'managed-prometheus',
    clusterLabel: 'cluster',
    folder: 'slo-alerts',
    severities: { page: 'page', ticket: 'ticket' },
    minimumEvaluations: 10,
    stallWindow: '6h',
    minimumRevisions: 5,
  });
});

test('what is given replaces its default and nothing else; undefined is not given', () => {
  const defaults = resolveGrafanaOptions();
  // A caller without exactOptionalPropertyTypes passes on what it has not.
  const given = { folder: 'mine', datasource: undefined } as unknown as GrafanaOptions;
  expect(resolveGrafanaOptions(given)).toEqual({ ...defaults, folder: 'mine' });
});

describe('a value that is wrong is named with what is allowed and where to set it', () => {
  const objective = 'allowed: a number above 0 and below 1, such as 0.95 (objective, --objective)';
  const uid = 'allowed: up to 40 letters, digits, - and _';
  test.each([
    [{ objective: 0 }, `objective is 0; ${objective}`],
    [{ objective: 1 }, `objective is 1; ${objective}`],
    [{ objective: 95 }, `objective is 95; ${objective}`],
    [{ objective: Number.NaN }, `objective is NaN; ${objective}`],
    [{ objective: '0.95' }, `objective is "0.95"; ${objective}`],
    [{ datasource: '' }, `datasource is ""; ${uid} (datasource, --datasource)`],
    [{ datasource: 'a b' }, `datasource is "a b"; ${uid} (datasource, --datasource)`],
    [{ folder: 'f'.repeat(41) }, `folder is "${'f'.repeat(41)}"; ${uid} (folder, --folder)`],
    [
      { clusterLabel: 'k8s.cluster' },
      'clusterLabel is "k8s.cluster"; allowed: a label name, of letters, digits and _, that no metric has for itself (clusterLabel, --cluster-label)',
    ],
    [{ clusterLabel: 'phase' }, /^clusterLabel is "phase"; allowed: .* that no metric has for itself/],
    [{ clusterLabel: 'job' }, /^clusterLabel is "job"/],
    [{ clusterLabel: 'shard' }, /^clusterLabel is "shard"/],
    [{ runbookBaseUrl: 'file:///docs' }, /^runbookBaseUrl is "file:\/\/\/docs"/],
    [
      { severities: { page: 'page', ticket: '' } },
      'severities.ticket is ""; allowed: a text that is not empty (severities, --ticket-severity)',
    ],
    [
      { severities: { ticket: 'low' } },
      'severities.page is undefined; allowed: a text that is not empty (severities, --page-severity)',
    ],
    [
      { minimumEvaluations: 0 },
      'minimumEvaluations is 0; allowed: a whole number, 1 or more (minimumEvaluations, --minimum-evaluations)',
    ],
    [
      { minimumRevisions: 1.5 },
      'minimumRevisions is 1.5; allowed: a whole number, 1 or more (minimumRevisions, --minimum-revisions)',
    ],
    [
      { stallWindow: '6 hours' },
      'stallWindow is "6 hours"; allowed: a PromQL duration such as 30m, 6h or 1d (stallWindow, --stall-window)',
    ],
    [
      { runbookBaseUrl: 'docs/alerts' },
      'runbookBaseUrl is "docs/alerts"; allowed: an absolute http or https URL (runbookBaseUrl, --runbook-base-url)',
    ],
    [
      { objectives: 0.9 },
      /^unknown option objectives; allowed: objective, datasource, clusterLabel, .*runbookBaseUrl$/,
    ],
  ])('%o', (options, message) => {
    const resolve = () => resolveGrafanaOptions(options as GrafanaOptions);
    expect(resolve).toThrow(GrafanaOptionsError);
    expect(resolve).toThrow(typeof message === 'string' ? expect.objectContaining({ message }) : message);
  });
});

test('everything that is wrong is said at once, an unknown option and a burn rate too', () => {
  const options = {
    colour: 'red',
    datasource: '',
    minimumRevisions: 0,
    burnRates: [{ factor: 30, long: '1h', short: '5m', for: '2m', urgency: 'page' }],
  } as GrafanaOptions;
  expect(lines(options)).toEqual([
    expect.stringContaining('unknown option colour'),
    expect.stringContaining('datasource is ""'),
    expect.stringContaining('minimumRevisions is 0'),
    expect.stringContaining('the alert at 30 can never fire'),
  ]);
});

test('an objective that is none hides nothing else that is wrong', () => {
  expect(lines({ objective: 2, folder: '' })).toEqual([
    expect.stringContaining('objective is 2'),
    expect.stringContaining('folder is ""'),
  ]);
});

test('each default factor is refused by itself when the objective is too low for it', () => {
  expect(lines({ objective: 0.5 })).toEqual([
    expect.stringContaining('the alert at 14.4 can never fire'),
    expect.stringContaining('the alert at 6 can never fire'),
    expect.stringContaining('the alert at 3 can never fire'),
  ]);
});

function lines(options: GrafanaOptions): readonly string[] {
  try {
    resolveGrafanaOptions(options);
    return [];
  } catch (error) {
    return error instanceof RangeError ? error.message.split('\n') : [String(error)];
  }
}
