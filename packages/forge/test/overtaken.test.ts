/** Two collectors that were given one history. */
import { expect, test } from 'vitest';
import { collectForge } from '../src/collect/collect-forge.ts';
import { countedIn } from '../src/fixtures/collecting.ts';
import { fill, issue, startFakeForge } from '../src/fixtures/fake-forge.ts';
import { openForgeHistory } from '../src/history/forge-history.ts';
import { describeHistories } from './histories.ts';

describeHistories(({ newPlace }) => {
  test('of two collectors with one history each event is counted by one', async () => {
    const forge = await startFakeForge();
    fill(forge, 3);
    const place = await newPlace();
    const open = async () => {
      const opened = await openForgeHistory(place, { version: '1.2.3' });
      if (opened.kind !== 'open') throw new Error(opened.message);
      return opened.history;
    };
    const histories = [await open(), await open()];
    const collectBoth = () =>
      Promise.all(
        histories.map((history) =>
          collectForge({
            server: { url: forge.url },
            repositories: [{ name: 'team/app' }],
            history,
            delivery: 'scrape',
          }),
        ),
      );
    await collectBoth();
    for (let number = 4; number <= 8; number += 1) {
      forge.items.push(issue(number, Date.now()));
      await collectBoth();
    }
    expect(await countedIn(histories[0] ?? (await open()))).toEqual(['issueEvents opened 5']);
    for (const history of histories) await history.close();
  });
});
