/** Differences of facts: what counts, what does not, and what the gauges say. */
import { expect, test } from 'vitest';
import { startCollecting } from '../fixtures/collecting.ts';
import { change, DAY_MS, issue, run, send, startFakeForge, timeText } from '../fixtures/fake-forge.ts';

const NOW = Date.now();
const closed = (ms: number) => ({ state: 'closed', closed_at: timeText(ms), updated_at: timeText(ms) });
const merged = (ms: number) => ({ ...closed(ms), pull_request: { merged: true, merged_at: timeText(ms) } });

test('the first collect fills the facts and counts no past event', async () => {
  const forge = await startFakeForge();
  forge.items.push(issue(1, NOW - 9 * DAY_MS), issue(2, NOW - DAY_MS, closed(NOW - 1000)));
  forge.items.push(change(3, NOW - DAY_MS, merged(NOW - 1000)));
  forge.runs?.push(run(1, 'completed', { conclusion: 'success' }));
  const { told, counted, shown } = await startCollecting(forge.url);
  expect(await told()).toEqual([
    'team/app was collected for the first time: what happens from now on is counted',
  ]);
  expect(await counted()).toEqual([]);
  expect(await shown('openIssues', 'resolvedIssues', 'mergedChanges')).toEqual([
    'openIssues day 0',
    'openIssues three_days 0',
    'openIssues week 0',
    'openIssues older 1',
    'resolvedIssues 1d 1',
    'resolvedIssues 7d 1',
    'resolvedIssues 30d 1',
    'mergedChanges 1d 1',
    'mergedChanges 7d 1',
    'mergedChanges 30d 1',
  ]);
});

test('counts what was opened, closed, reopened and merged since, each once', async () => {
  const forge = await startFakeForge();
  forge.items.push(issue(1, NOW - DAY_MS), change(2, NOW - DAY_MS), issue(3, NOW - DAY_MS));
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  Object.assign(forge.items[0] ?? {}, closed(NOW - 50_000));
  Object.assign(forge.items[1] ?? {}, merged(NOW - 50_000));
  forge.items.push(
    issue(4, NOW - 40_000, closed(NOW - 30_000)),
    change(5, NOW - 40_000, closed(NOW - 30_000)),
  );
  await collect();
  await collect();
  Object.assign(forge.items[0] ?? {}, { state: 'open', closed_at: null, updated_at: timeText(NOW - 20_000) });
  await collect();
  await collect();
  expect(await counted()).toEqual([
    'changeEvents closed 1',
    'changeEvents merged 1',
    'changeEvents opened 1',
    `changeMerge  0|0|0|0|1|0|0|0|0|0|0 sum ${DAY_MS / 1000 - 50}`,
    'issueEvents closed 2',
    'issueEvents opened 1',
    'issueEvents reopened 1',
  ]);
});

test('an issue that was closed at another time than before was reopened in between', async () => {
  const forge = await startFakeForge();
  forge.items.push(issue(1, NOW - DAY_MS, closed(NOW - 90_000)));
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  Object.assign(forge.items[0] ?? {}, closed(NOW - 10_000));
  await collect();
  expect(await counted()).toEqual(['issueEvents closed 1', 'issueEvents reopened 1']);
});

test('a change that was closed and is merged later is merged once', async () => {
  const forge = await startFakeForge();
  forge.items.push(change(1, NOW - 10_000, closed(NOW - 9_000)));
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  Object.assign(forge.items[0] ?? {}, merged(NOW - 5_000));
  await collect();
  await collect();
  expect(await counted()).toEqual(['changeEvents merged 1', 'changeMerge  1|0|0|0|0|0|0|0|0|0|0 sum 5']);
});

test('a run counts when it ends, with its result and pipeline, and again when it is run again', async () => {
  const forge = await startFakeForge();
  const { collect, counted, shown } = await startCollecting(forge.url, [
    { name: 'team/app', pipelines: ['ci.yaml'] },
  ]);
  forge.runs?.push(run(1, 'in_progress', { started_at: timeText(NOW - 60_000) }), run(2, 'queued'));
  await collect();
  expect(await counted()).toEqual([]);
  expect(await shown('openPipelineRuns')).toEqual([
    'openPipelineRuns pending 1',
    'openPipelineRuns executing 1',
    'openPipelineRuns unknown 0',
  ]);
  const ended = { status: 'completed', conclusion: 'failure', completed_at: timeText(NOW - 20_000) };
  Object.assign(forge.runs?.[0] ?? {}, ended);
  await collect();
  Object.assign(forge.runs?.[0] ?? {}, { status: 'in_progress' });
  await collect();
  Object.assign(forge.runs?.[0] ?? {}, {
    ...ended,
    conclusion: 'success',
    completed_at: timeText(NOW - 10_000),
  });
  forge.runs?.push(run(3, 'completed', { conclusion: 'skipped', path: 'other.yaml@refs/heads/x' }));
  await collect();
  await collect();
  expect(await counted()).toEqual([
    'pipelineRun ci.yaml failure 0|0|1|0|0|0|0|0|0|0|0|0 sum 40',
    'pipelineRun ci.yaml success 0|0|1|0|0|0|0|0|0|0|0|0 sum 50',
    'pipelineRun unknown skip 1|0|0|0|0|0|0|0|0|0|0|0 sum 0',
  ]);
});

test('a run that was run again and ended anew between two collects counts again', async () => {
  const forge = await startFakeForge();
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  const times = { started_at: timeText(NOW - 30_000), completed_at: timeText(NOW - 20_000) };
  forge.runs?.push(run(1, 'completed', { conclusion: 'failure', ...times }));
  await collect();
  Object.assign(forge.runs?.[0] ?? {}, { conclusion: 'success', completed_at: timeText(NOW - 10_000) });
  await collect();
  await collect();
  expect(await counted()).toEqual([
    'pipelineRun unknown failure 1|0|0|0|0|0|0|0|0|0|0|0 sum 10',
    'pipelineRun unknown success 0|1|0|0|0|0|0|0|0|0|0|0 sum 20',
  ]);
});

test('reads the runs of Forgejo, whose status says how they ended', async () => {
  const forge = await startFakeForge();
  const { collect, counted, shown } = await startCollecting(forge.url, [
    { name: 'team/app', pipelines: ['ci.yml'] },
  ]);
  await collect();
  const times = { started: timeText(NOW - 90_000), stopped: timeText(NOW - 60_000) };
  forge.runs?.push(
    { id: 7, status: 'success', workflow_id: 'ci.yml', ...times },
    {
      id: 8,
      status: 'running',
      workflow_id: 'ci.yml',
      started: timeText(NOW),
      stopped: '0001-01-01T00:00:00Z',
    },
  );
  await collect();
  expect(await counted()).toEqual(['pipelineRun ci.yml success 0|1|0|0|0|0|0|0|0|0|0|0 sum 30']);
  expect(await shown('openPipelineRuns')).toEqual([
    'openPipelineRuns pending 0',
    'openPipelineRuns executing 1',
    'openPipelineRuns unknown 0',
  ]);
});

test('a run whose state has no word here is shown as unknown, and as none when it has ended', async () => {
  const forge = await startFakeForge();
  const { collect, shown } = await startCollecting(forge.url);
  forge.runs?.push(run(1, 'new-word'));
  await collect();
  expect(await shown('openPipelineRuns')).toContain('openPipelineRuns unknown 1');
  Object.assign(forge.runs?.[0] ?? {}, { status: 'completed', conclusion: 'success' });
  await collect();
  // Where a gauge lasts, what has no sample stays as it was.
  expect(await shown('openPipelineRuns')).toContain('openPipelineRuns unknown 0');
});

test('says what became of issues that were handed to an automatic worker', async () => {
  const forge = await startFakeForge();
  const dispatch = { label: 'auto', assignee: 'Robot', failureLabel: 'auto-failed', deadlineMs: 2 * DAY_MS };
  const labels = (...names: string[]) => ({ labels: names.map((name) => ({ name })) });
  forge.items.push(
    issue(1, NOW - DAY_MS, { ...labels('auto'), ...closed(NOW - 5_000) }),
    issue(2, NOW - DAY_MS, labels('auto', 'auto-failed')),
    issue(3, NOW - 3 * DAY_MS, { assignees: [{ login: 'robot' }] }),
    issue(4, NOW - DAY_MS, labels('auto')),
    issue(5, NOW - 9 * DAY_MS, labels('auto')),
    issue(6, NOW - DAY_MS, labels('other')),
  );
  const { collect, shown } = await startCollecting(forge.url, [{ name: 'team/app', dispatch }]);
  await collect();
  expect(await shown('dispatches')).toEqual([
    'dispatches success 1',
    'dispatches failure 2',
    'dispatches pending 1',
  ]);
  // Handed over now, though it was made long ago; and one that was closed is opened again: the worker failed.
  Object.assign(forge.items[5] ?? {}, { ...labels('auto'), updated_at: timeText(NOW) });
  Object.assign(forge.items[0] ?? {}, { state: 'open', closed_at: null, updated_at: timeText(NOW) });
  await collect();
  expect(await shown('dispatches')).toEqual([
    'dispatches success 0',
    'dispatches failure 3',
    'dispatches pending 2',
  ]);
});

test('the median needs three merges, of all repositories together', async () => {
  const forge = await startFakeForge();
  const { collect, shown } = await startCollecting(forge.url);
  forge.items.push(
    change(1, NOW - 10_000, merged(NOW - 9_000)),
    change(2, NOW - 10_000, merged(NOW - 7_000)),
  );
  await collect();
  expect(await shown('mergeMedian')).toEqual([]);
  forge.items.push(
    change(3, NOW - 9 * DAY_MS - 5_000, { ...merged(NOW - 9 * DAY_MS), updated_at: timeText(NOW) }),
  );
  await collect();
  expect(await shown('mergeMedian')).toEqual(['mergeMedian 30d 3']);
});

test('issues that are switched off for a while are not opened once more', async () => {
  const forge = await startFakeForge();
  const { collect, counted, shown } = await startCollecting(forge.url);
  await collect();
  const issues = [issue(1, NOW - 50_000), issue(2, NOW - 40_000)];
  forge.items.push(...issues, change(3, NOW - 30_000));
  await collect();
  forge.repository['has_issues'] = false;
  forge.items.splice(0, 2);
  await collect();
  expect(await shown('openIssues', 'resolvedIssues')).toEqual([]);
  forge.repository['has_issues'] = true;
  forge.items.unshift(...issues);
  await collect();
  expect(await shown('openIssues')).toContain('openIssues day 2');
  expect(await counted()).toEqual(['changeEvents opened 1', 'issueEvents opened 2']);
});

test('issues that the token may not see any more are not 0, and are not opened once more when it may', async () => {
  const forge = await startFakeForge();
  const issues = [issue(1, NOW - DAY_MS), issue(3, NOW - 40_000)];
  forge.items.push(...issues.slice(0, 1), change(2, NOW - DAY_MS));
  const { collect, counted, shown } = await startCollecting(forge.url);
  await collect();
  forge.items.push(...issues.slice(1));
  await collect();
  forge.items.splice(0, 3, ...forge.items.filter((item) => !issues.includes(item)));
  forge.before = (path, response) => {
    if (!path.includes('type=issues')) return false;
    send(response, 404, { message: 'not found' });
    return true;
  };
  const remark = 'has no metrics of issues: the token may not see them';
  expect((await collect()).repositories).toMatchObject([{ kind: 'collected', remarks: [remark] }]);
  expect((await collect()).repositories).toMatchObject([{ kind: 'collected', remarks: [] }]);
  expect(await shown('openIssues')).toEqual([]);
  expect(await shown('openChanges')).toContain('openChanges three_days 1');
  forge.before = () => false;
  forge.items.push(...issues);
  await collect();
  expect(await shown('openIssues')).toEqual(
    expect.arrayContaining(['openIssues day 1', 'openIssues three_days 1']),
  );
  expect(await counted()).toEqual(['issueEvents opened 1']);
});

test('issues that the token may not see are not 0, and those that it may see later are the past', async () => {
  const forge = await startFakeForge();
  forge.items.push(change(1, NOW - 50_000));
  forge.before = (path, response) => {
    if (!path.includes('type=issues')) return false;
    send(response, 404, { message: 'not found' });
    return true;
  };
  const { collect, counted, shown } = await startCollecting(forge.url);
  await collect();
  expect(await shown('openIssues')).toEqual([]);
  expect(await shown('openChanges')).toContain('openChanges day 1');
  forge.before = () => false;
  forge.items.push(issue(2, NOW - 2 * DAY_MS), issue(3, NOW + DAY_MS));
  await collect();
  expect(await shown('openIssues')).toEqual(
    expect.arrayContaining(['openIssues day 1', 'openIssues three_days 1']),
  );
  expect(await counted()).toEqual(['issueEvents opened 1']);
});
