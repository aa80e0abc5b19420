/** What forges do that makes a collector count wrongly. */
import { expect, test } from 'vitest';
import { startCollecting } from '../fixtures/collecting.ts';
import { change, DAY_MS, fill, issue, run, send, startFakeForge, timeText } from '../fixtures/fake-forge.ts';

const NOW = Date.now();
const HOUR_MS = 3_600_000;

test('reads everything from a server that gives seven at a time, in as many requests as there are pages', async () => {
  const forge = await startFakeForge();
  forge.pageCap = 7;
  fill(forge, 60);
  const { collect, shown } = await startCollecting(forge.url);
  await collect();
  expect(await shown('openIssues', 'openChanges')).toContain('openIssues day 40');
  expect(await shown('openIssues', 'openChanges')).toContain('openChanges day 20');
  expect(forge.requests).toHaveLength(1 + Math.ceil(60 / 7) * 2);
});

test('reads everything from a server that does not say how much there is', async () => {
  const forge = await startFakeForge();
  forge.hasTotals = false;
  fill(forge, 60);
  const { collect, shown } = await startCollecting(forge.url);
  await collect();
  expect(await shown('openIssues')).toContain('openIssues day 40');
});

test('reads 5,000 issues, 2,000 changes and 10,000 runs in a request a page, and ten changes later in four', async () => {
  const forge = await startFakeForge();
  for (let number = 1; number <= 7_000; number += 1) {
    forge.items.push((number % 7 < 2 ? change : issue)(number, NOW - 400 * DAY_MS + number * 60_000));
  }
  for (let id = 1; id <= 10_000; id += 1) forge.runs?.push(run(id, 'completed', { conclusion: 'success' }));
  const { collect, shown } = await startCollecting(forge.url);
  await collect();
  const pages = 7_000 / 50 + 10_000 / 50;
  expect(forge.requests).toHaveLength(1 + pages);
  expect(await shown('openIssues', 'openChanges')).toEqual(
    expect.arrayContaining(['openIssues older 5000', 'openChanges older 2000']),
  );
  forge.requests.length = 0;
  for (let number = 7_001; number <= 7_010; number += 1) forge.items.push(issue(number, NOW));
  for (let id = 10_001; id <= 10_010; id += 1)
    forge.runs?.push(run(id, 'completed', { conclusion: 'success' }));
  await collect();
  expect(forge.requests).toHaveLength(4);
});

test('asks in whole seconds from before the last change, and counts what comes twice once', async () => {
  const forge = await startFakeForge();
  const { collect, counted } = await startCollecting(forge.url);
  forge.items.push(issue(1, NOW - 10_000));
  await collect();
  // In the same second as the last one, but later.
  forge.items.push(issue(2, NOW - 10_000));
  await collect();
  await collect();
  const last = forge.requests.findLast((path) => path.includes('since'));
  const [, since = ''] = /since=([^&]*)/.exec(decodeURIComponent(last ?? '')) ?? [];
  expect(Date.parse(since)).toBeLessThan(NOW - 10_000);
  expect(await counted()).toEqual(['issueEvents opened 1']);
});

test('an old issue that changes while later pages are read, for minutes, is found by the next collect', async () => {
  const forge = await startFakeForge();
  forge.pageCap = 5;
  fill(forge, 20);
  const { collect, shown } = await startCollecting(forge.url, [
    { name: 'team/app', dispatch: { label: 'auto' } },
  ]);
  await collect();
  for (const item of forge.items.slice(5)) item.updated_at = timeText(NOW);
  forge.before = (path) => {
    if (path.includes('since') && path.includes('page=3')) {
      // The page on which it stands has been read by then; and what is read last changed even later. No total changes.
      Object.assign(forge.items[18] ?? {}, { labels: [{ name: 'auto' }], updated_at: timeText(NOW + 2_000) });
      Object.assign(forge.items[6] ?? {}, { updated_at: timeText(NOW + 120_000) });
    }
    return false;
  };
  await collect();
  forge.before = () => false;
  await collect();
  expect(await shown('dispatches')).toContain('dispatches pending 1');
});

test('what was there at the first collect, and could not be seen, is no new issue when it can', async () => {
  const forge = await startFakeForge();
  forge.items.push(issue(1, NOW - DAY_MS), issue(9, NOW - DAY_MS));
  const { collect, counted, shown } = await startCollecting(forge.url);
  await collect();
  forge.items.push(issue(5, NOW - DAY_MS, { updated_at: timeText(NOW) }));
  await collect();
  expect(await counted()).toEqual([]);
  expect(await shown('openIssues')).toContain('openIssues three_days 3');
});

test('what moves to an earlier page, as something before it vanished, is not overlooked', async () => {
  const forge = await startFakeForge();
  forge.pageCap = 5;
  fill(forge, 23);
  let isGone = false;
  forge.before = (path) => {
    if (path.includes('/issues') && path.includes('page=3') && !isGone) {
      isGone = true;
      forge.items.splice(21, 1);
      forge.runs?.splice(21, 1);
    }
    return false;
  };
  const { collect, history } = await startCollecting(forge.url);
  await collect();
  expect((await history.openNumbers('team/app')).toSorted((a, b) => a - b)).toEqual(
    forge.items.map(({ number }) => number),
  );
});

test('what is deleted is not open for ever, and nothing happened with it', async () => {
  const forge = await startFakeForge();
  fill(forge, 9);
  forge.runs?.push(run(50, 'queued'));
  const { collect, counted, shown } = await startCollecting(forge.url);
  await collect();
  forge.items.splice(3, 2);
  forge.runs?.pop();
  await collect();
  expect(await shown('openIssues', 'openPipelineRuns')).toContain('openIssues day 4');
  expect(await shown('openPipelineRuns')).toContain('openPipelineRuns pending 0');
  expect(await counted()).toEqual([]);
});

test('a list that lacks what the server counts, never the same, is refused in words, and nothing is moved', async () => {
  const forge = await startFakeForge();
  fill(forge, 20);
  let total = 25;
  forge.before = (path, response) => {
    if (!path.includes('/issues')) return false;
    if (path.includes('page=1&')) total += 1;
    response.setHeader('x-total-count', total);
    send(response, 200, path.includes('page=1&') ? forge.items : []);
    return true;
  };
  const { told, shown } = await startCollecting(forge.url);
  expect(await told()).toEqual([
    'team/app was not collected: the list changed 3 times while it was read, and 20 of 28 were found: the next collect tries again',
  ]);
  expect(await shown('openIssues')).toEqual([]);
});

test('a run that has not ended has no end in 1970, and one that is far behind is still asked for', async () => {
  const forge = await startFakeForge();
  forge.runs?.push(run(1, 'in_progress', { started_at: timeText(NOW - 60_000) }));
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  for (let id = 2; id <= 130; id += 1)
    forge.runs?.push(run(id, 'completed', { conclusion: 'cancelled', completed_at: timeText(NOW) }));
  await collect();
  Object.assign(forge.runs?.[0] ?? {}, {
    status: 'completed',
    conclusion: 'success',
    completed_at: timeText(NOW),
  });
  await collect();
  expect(await counted()).toEqual([
    'pipelineRun unknown cancellation 129|0|0|0|0|0|0|0|0|0|0|0 sum 0',
    'pipelineRun unknown success 0|0|1|0|0|0|0|0|0|0|0|0 sum 60',
  ]);
});

test('finished runs that are read again, as some behind them never end, count once', async () => {
  const forge = await startFakeForge();
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  // Some on each page, so that all pages are read.
  const isStuck = (id: number): boolean => id <= 12 || id % 40 === 0;
  for (let id = 1; id <= 1_100; id += 1)
    forge.runs?.push(isStuck(id) ? run(id, 'queued') : run(id, 'completed', { conclusion: 'cancelled' }));
  for (let count = 0; count < 3; count += 1) await collect();
  expect(forge.requests.at(-1)).toContain('page=22&');
  expect(await counted()).toEqual(['pipelineRun unknown cancellation 1061|0|0|0|0|0|0|0|0|0|0|0 sum 0']);
});

test('thirty runs that never end cost few requests, and each that ends after all is found', async () => {
  const forge = await startFakeForge();
  for (let id = 1; id <= 2_500; id += 1)
    forge.runs?.push(id <= 30 ? run(id, 'queued') : run(id, 'completed', { conclusion: 'success' }));
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  forge.requests.length = 0;
  await collect();
  // The repository, its items and how many are open, a page of runs, and twenty of those that never end.
  expect(forge.requests).toHaveLength(4 + 20);
  for (const each of forge.runs?.slice(0, 30) ?? [])
    Object.assign(each, { status: 'completed', conclusion: 'cancelled' });
  for (let count = 0; count < 3; count += 1) await collect();
  expect(await counted()).toEqual(['pipelineRun unknown cancellation 30|0|0|0|0|0|0|0|0|0|0|0 sum 0']);
});

test('a clock an hour off moves no age and loses no event', async () => {
  for (const clockMs of [HOUR_MS, -HOUR_MS]) {
    const forge = await startFakeForge();
    forge.clockMs = clockMs;
    const forgeNow = NOW + clockMs;
    forge.items.push(issue(1, forgeNow - DAY_MS + HOUR_MS / 2), issue(2, forgeNow - DAY_MS - HOUR_MS / 2));
    const { collect, counted, shown } = await startCollecting(forge.url);
    await collect();
    expect(await shown('openIssues')).toEqual(
      expect.arrayContaining(['openIssues day 1', 'openIssues three_days 1']),
    );
    forge.items.push(issue(3, forgeNow));
    await collect();
    expect(await counted()).toEqual(['issueEvents opened 1']);
  }
});

test('a forge whose clock is set back an hour loses no event', async () => {
  const forge = await startFakeForge();
  forge.items.push(issue(1, NOW), issue(2, NOW));
  const { collect, counted } = await startCollecting(forge.url);
  await collect();
  forge.clockMs = -HOUR_MS;
  const at = timeText(NOW - HOUR_MS + 1_000);
  // As many are open as before.
  forge.items.push(issue(3, NOW - HOUR_MS + 1_000));
  Object.assign(forge.items[0] ?? {}, { state: 'closed', closed_at: at, updated_at: at });
  await collect();
  await collect();
  expect(await counted()).toEqual(['issueEvents closed 1', 'issueEvents opened 1']);
});

test('what changes while a long collect reads on is found, though the newest change is one of the future', async () => {
  const forge = await startFakeForge();
  forge.pageCap = 5;
  fill(forge, 8);
  const now = Date.now();
  Object.assign(forge.items[7] ?? {}, { updated_at: timeText(now + DAY_MS) });
  let spentMs = 0;
  forge.before = (path) => {
    if (path.includes('state=all') && path.includes('page=2') && spentMs === 0) {
      // On the page before this one.
      Object.assign(forge.items[6] ?? {}, { labels: [{ name: 'auto' }], updated_at: timeText(now + 1_000) });
      spentMs = HOUR_MS;
      forge.clockMs = HOUR_MS;
    }
    return false;
  };
  const repositories = [{ name: 'team/app', dispatch: { label: 'auto' } }];
  const { collect, shown } = await startCollecting(forge.url, repositories);
  for (let count = 0; count < 2; count += 1) await collect({ nowMs: () => now + spentMs });
  expect(await shown('dispatches')).toContain('dispatches pending 1');
});

test('a label that the forge does not know finds no issue, though a filter would find all', async () => {
  const forge = await startFakeForge();
  fill(forge, 9);
  const { collect, shown } = await startCollecting(forge.url, [
    { name: 'team/app', dispatch: { label: 'no-such' } },
  ]);
  await collect();
  expect(await shown('dispatches')).toEqual([
    'dispatches success 0',
    'dispatches failure 0',
    'dispatches pending 0',
  ]);
  expect(forge.requests.join()).not.toContain('labels=');
});

test('follows a renamed repository, keeps its name in metrics, and says so', async () => {
  const forge = await startFakeForge();
  fill(forge, 3);
  forge.repository['full_name'] = 'team/renamed';
  forge.before = (path, response) => {
    if (!path.startsWith('/repos/team/app')) return false;
    response.writeHead(301, { location: `/api/v1${path.replace('team/app', 'team/renamed')}` }).end();
    return true;
  };
  const { collect, shown } = await startCollecting(forge.url);
  const { repositories, requests } = await collect();
  expect(repositories).toMatchObject([
    { kind: 'collected', remarks: ['is called team/renamed now: its metrics keep the name that you gave'] },
  ]);
  expect(requests.get('3xx')).toBe(1);
  expect(await shown('openIssues')).toContain('openIssues day 2');
});

test('a name that stands for another repository now begins anew', async () => {
  const forge = await startFakeForge();
  fill(forge, 3);
  const { collect, counted, shown } = await startCollecting(forge.url);
  await collect();
  forge.repository['id'] = 2;
  forge.items.splice(0, 3, issue(1, NOW, { state: 'closed', closed_at: timeText(NOW) }), issue(9, NOW));
  const { repositories } = await collect();
  expect(repositories).toMatchObject([
    { isFirst: true, remarks: [expect.stringContaining('another repository')] },
  ]);
  expect(await counted()).toEqual([]);
  expect(await shown('openIssues')).toContain('openIssues day 1');
});
