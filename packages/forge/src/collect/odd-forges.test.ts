/** What is odd on a forge, or in what a deployment declares of it, harms nothing but itself. */
import { expect, test } from 'vitest';
import { startCollecting } from '../fixtures/collecting.ts';
import {
  change,
  DAY_MS,
  type FakeForge,
  fill,
  issue,
  startFakeForge,
  timeText,
} from '../fixtures/fake-forge.ts';
import { readGauges } from '../record/forge-recorder.ts';

const NOW = Date.now();

test.each(['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z'])(
  'an issue and a change that an importer dated %s are counted, and nothing is made of that time',
  async (never) => {
    const forge = await startFakeForge();
    const { collect, told, counted, shown } = await startCollecting(forge.url);
    await collect();
    const dated = { created_at: never, updated_at: never };
    const at = timeText(NOW - 1_000);
    const merged = { state: 'closed', closed_at: at, pull_request: { merged: true, merged_at: at } };
    forge.items.push(issue(1, NOW, dated), change(2, NOW, { ...merged, created_at: never }));
    expect(await told()).toEqual(['team/app was collected: 3 events']);
    // No merge in 56 years.
    expect(await counted()).toEqual([
      'changeEvents merged 1',
      'changeEvents opened 1',
      'issueEvents opened 1',
    ]);
    expect(await shown('openIssues')).toContain('openIssues older 1');
  },
);

/** The index of this forge still counts so many issues that were deleted. */
function countToo(forge: FakeForge, deleted: number): void {
  forge.before = (_path, response) => {
    const { setHeader } = response;
    response.setHeader = (name, value) =>
      setHeader.call(response, name, name === 'x-total-count' ? Number(value) + deleted : value);
    return false;
  };
}

test('issues that are deleted and still counted are left out, said once, and cost no reading for ever', async () => {
  const forge = await startFakeForge();
  fill(forge, 20);
  countToo(forge, 5);
  const { collect, shown } = await startCollecting(forge.url);
  const remark = 'has 5 issues or changes that the forge counts and does not list: they are left out';
  expect((await collect()).repositories).toMatchObject([{ kind: 'collected', remarks: [remark] }]);
  expect(await shown('openIssues')).toContain('openIssues day 14');
  await collect();
  forge.requests.length = 0;
  expect((await collect()).repositories).toMatchObject([{ kind: 'collected', remarks: [] }]);
  // Lists that were held against each other twice, but not all that is open.
  expect(forge.requests.filter((path) => path.includes('state=open'))).toHaveLength(1);
  forge.items.splice(3, 1);
  await collect();
  expect(await shown('openIssues', 'openChanges')).toEqual(
    expect.arrayContaining(['openIssues day 13', 'openChanges day 6']),
  );
});

test('a server that counts fewer than it lists loses none of them', async () => {
  const forge = await startFakeForge();
  forge.pageCap = 7;
  fill(forge, 60);
  countToo(forge, -5);
  const { collect, shown } = await startCollecting(forge.url);
  await collect();
  expect(await shown('openIssues', 'openChanges')).toEqual(
    expect.arrayContaining(['openIssues day 40', 'openChanges day 20']),
  );
});

test('a dispatch rule that is declared later finds what was handed over in the days before', async () => {
  const forge = await startFakeForge();
  const labels = { labels: [{ name: 'auto' }] };
  forge.items.push(
    issue(1, NOW - 2 * DAY_MS, labels),
    issue(2, NOW - 3 * DAY_MS, { ...labels, state: 'closed', closed_at: timeText(NOW - 2 * DAY_MS) }),
    issue(3, NOW - DAY_MS, { labels: [{ name: 'bot' }] }),
    issue(4, NOW - 1_000),
  );
  const collecting = await startCollecting(forge.url);
  const { collect, history } = collecting;
  await collect();
  const shown = async (label: string) => {
    const repositories = [{ name: 'team/app', dispatch: { label } }];
    await collect({ repositories });
    return (await readGauges(history, repositories))
      .filter(({ key }) => key === 'dispatches')
      .map(({ labels: { outcome }, value }) => `${outcome} ${value}`);
  };
  expect(await shown('auto')).toEqual(['success 1', 'failure 0', 'pending 1']);
  forge.requests.length = 0;
  // Declared, it costs no more than before.
  expect(await shown('auto')).toEqual(['success 1', 'failure 0', 'pending 1']);
  expect(forge.requests.find((path) => path.includes('since'))).toContain(
    encodeURIComponent(timeText(NOW - 61_000)),
  );
  // Another one: those of the old one are none of it.
  expect(await shown('bot')).toEqual(['success 0', 'failure 0', 'pending 1']);
});
