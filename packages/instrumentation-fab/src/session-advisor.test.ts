import { expect, it } from 'vitest';
import type { FabSession } from './fab-runtime.ts';
import { advice, advisorCall, asksForAction, idle } from './fixtures/events.ts';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { PlayedRuntime } from './fixtures/played-runtime.ts';
import { instrumentFab } from './instrument-fab.ts';

const CALLS = 'fab_advisor_calls_total{role="react-engineer",phase="build",group="factory"}';
const EVENTS = [
  advisorCall('consult_advisor', 'a'),
  asksForAction('a'),
  advisorCall('consult_advisor', 'b'),
  asksForAction('b'),
  idle(),
];

async function callsCounted(read: (session: FabSession) => Promise<void>): Promise<number | undefined> {
  const meterProvider = createReadableProvider();
  const telemetry = instrumentFab({ meterProvider });
  const session = await telemetry
    .instrumentRuntime(new PlayedRuntime({ events: EVENTS }))
    .runRoleSession('react-engineer', 'x');
  await read(session);
  return (await meterProvider.totals())[CALLS];
}

it('a call of the advisor counts when fab answers, also that the advisor is not there', async () => {
  const counted = await callsCounted(async (session) => {
    await session.sendInput(advice('a', 'Use the second index.'));
    for await (const _event of session.events) {
      await session.sendInput(advice('a', 'Use the second index.'));
      await session.sendInput(advice('b', 'Advisor unavailable: 529', true));
      // Answers to tools that are not the advisor.
      await session.sendInput(advice('c', 'done'));
      await session.sendInput({ type: 'user.custom_tool_result' });
    }
  });
  expect(counted).toBe(2);
});

it('a call that fab denies does not count', async () => {
  const denial = 'Advisor budget exhausted for this session (3/3 calls used). Make the decision yourself.';
  const counted = await callsCounted(async (session) => {
    let events = 0;
    for await (const _event of session.events) {
      events += 1;
      if (events === 2)
        await session.sendInput(advice('a', 'Advisor budget exhausted is a good name for it.'));
      if (events === 4) await session.sendInput(advice('b', denial, true));
    }
  });
  expect(counted).toBe(1);
});

it('a call that nobody answered counts at the end', async () => {
  const counted = await callsCounted(async (session) => {
    for await (const _event of session.events);
  });
  expect(counted).toBe(2);
});

it('calls that no answer can be matched with count at once, however many they are', async () => {
  const meterProvider = createReadableProvider();
  const withoutId = { ...advisorCall(), id: undefined };
  const longId = advisorCall('consult_advisor', 'x'.repeat(1_000_000));
  const many = Array.from({ length: 150 }, () => advisorCall());
  const runtime = instrumentFab({ meterProvider }).instrumentRuntime(
    new PlayedRuntime({ events: [withoutId, withoutId, longId, ...many, idle()] }),
  );
  const { events } = await runtime.runRoleSession('react-engineer', 'x');
  let counted = 0;
  for await (const event of events)
    if (event === many.at(-1)) counted = (await meterProvider.totals())[CALLS] ?? 0;
  expect(counted).toBe(3 + 50);
  expect((await meterProvider.totals())[CALLS]).toBe(3 + 150);
});
