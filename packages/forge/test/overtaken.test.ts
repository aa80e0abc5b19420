/** Two collectors that were given one history, and two repositories that one collector moves at once. */
import type { Database } from '@ephemetry/store';
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, onTestFinished, test } from 'vitest';
import { collectForge, describeOutcome } from '../src/collect/collect-forge.ts';
import { countedIn } from '../src/fixtures/collecting.ts';
import { fill, issue, startFakeForge, timeText } from '../src/fixtures/fake-forge.ts';
import { type ForgeHistory, openForgeHistory } from '../src/history/forge-history.ts';

const REPOSITORIES = [{ name: 'team/app' }];

async function open(
  place: string,
  wrap: (database: Database) => Database = (database) => database,
): Promise<ForgeHistory> {
  const opened = await openForgeHistory(place, { version: '1.2.3', wrap });
  if (opened.kind !== 'open') throw new Error(opened.message);
  onTestFinished(() => opened.history.close());
  return opened.history;
}

describeEngines(({ engine, newPlace }) => {
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

  test('of two repositories with one label all events are in the sum, though both are moved at once', async () => {
    const forge = await startFakeForge();
    const label = 'unknown';
    const repositories = [
      { name: 'team/app', label },
      { name: 'team/other', label },
    ];
    const place = await newPlace();
    const options = { server: { url: forge.url }, repositories, delivery: 'scrape' } as const;
    await collectForge({ ...options, history: await open(place) });
    forge.items.push(issue(1, Date.now()));
    // An embedded database has one connection: nobody could read beside it.
    const history = await open(place, engine === 'sqlite' ? undefined : withSumsReadAtOnce);
    expect((await collectForge({ ...options, history })).repositories).toMatchObject([
      { events: 1 },
      { events: 1 },
    ]);
    expect(await countedIn(history)).toEqual(['issueEvents unknown opened 2']);
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

/** Who has read a sum of issues goes on when another one has read it too, or waits for its turn. */
function withSumsReadAtOnce(whole: Database): Database {
  let others = 0;
  let meet = (): void => {};
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const count = (isCounted: boolean): void => {
    if (isCounted) others += 1;
    if (others === 2) meet();
  };
  return {
    ...whole,
    acquire: async () => {
      const connection = await whole.acquire();
      return {
        ...connection,
        query: async (text, parameters) => {
          count(text.includes('pg_advisory_xact_lock'));
          const result = await connection.query<never>(text, parameters);
          const isSum = text.startsWith('select total') && parameters?.[0] === 'issueEvents';
          count(isSum);
          if (isSum) await met;
          return result;
        },
      };
    },
  };
}
