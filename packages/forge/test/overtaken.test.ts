/** Two collectors that were given one history. */
import { expect, onTestFinished, test } from 'vitest';
import { collectForge, describeOutcome } from '../src/collect/collect-forge.ts';
import { countedIn } from '../src/fixtures/collecting.ts';
import { fill, issue, startFakeForge, timeText } from '../src/fixtures/fake-forge.ts';
import { type ForgeHistory, openForgeHistory } from '../src/history/forge-history.ts';
import { describeHistories } from './histories.ts';

const REPOSITORIES = [{ name: 'team/app' }];

async function open(place: string): Promise<ForgeHistory> {
  const opened = await openForgeHistory(place, { version: '1.2.3' });
  if (opened.kind !== 'open') throw new Error(opened.message);
  onTestFinished(() => opened.history.close());
  return opened.history;
}

describeHistories(({ newPlace }) => {
  test('of two collectors with one history each event is counted by one', async () => {
    const forge = await startFakeForge();
    fill(forge, 3);
    const place = await newPlace();
    const histories = [await open(place), await open(place)];
    const server = { url: forge.url };
    const collectBoth = () =>
      Promise.all(
        histories.map((history) =>
          collectForge({ server, repositories: REPOSITORIES, history, delivery: 'scrape' }),
        ),
      );
    await collectBoth();
    for (let number = 4; number <= 8; number += 1) {
      forge.items.push(issue(number, Date.now()));
      await collectBoth();
    }
    await collectBoth();
    expect(await countedIn(await open(place))).toEqual(['issueEvents opened 5']);
  });

  test('a collector that read older answers does not move the facts back', async () => {
    const forge = await startFakeForge();
    const nowMs = Date.now();
    forge.items.push(issue(1, nowMs));
    const place = await newPlace();
    const options = { repositories: REPOSITORIES, delivery: 'scrape' } as const;
    const [slow, fast] = [await open(place), await open(place)];
    await collectForge({ ...options, server: { url: forge.url }, history: fast });
    let isFirst = true;
    const fetchSlowly: typeof fetch = async (...request) => {
      const answer = await fetch(...request);
      if (!String(request[0]).includes('/actions/runs') || !isFirst) return answer;
      isFirst = false;
      // In the second in which it was opened, so that its last change says nothing.
      Object.assign(forge.items[0] ?? {}, { state: 'closed', closed_at: timeText(nowMs) });
      await collectForge({ ...options, server: { url: forge.url }, history: fast });
      return answer;
    };
    const server = { url: forge.url, fetch: fetchSlowly };
    const report = await collectForge({ ...options, server, history: slow });
    expect(report.repositories.map(describeOutcome)).toEqual([
      'team/app was not collected: another collector with the same history was faster',
    ]);
    expect(await countedIn(fast)).toEqual(['issueEvents closed 1']);
  });
});
