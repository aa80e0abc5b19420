import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { FabRuntime } from './fab-runtime.ts';
import { idle, message } from './fixtures/events.ts';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { PlayedRuntime } from './fixtures/played-runtime.ts';
import { instrumentFab } from './instrument-fab.ts';

function instrument<Runtime extends FabRuntime>(runtime: Runtime): Runtime {
  return instrumentFab({ meterProvider: createReadableProvider() }).instrumentRuntime(runtime);
}

describe('fab sees the runtime it knows', () => {
  it('with the same events in the same order', async () => {
    const events = [message('a'), null, 'text', undefined, { type: 'unheard.of' }, idle()];
    const session = await instrument(new PlayedRuntime({ events })).runRoleSession('product', 'x');
    const seen: unknown[] = [];
    for await (const event of session.events) seen.push(event);
    expect(seen).toHaveLength(events.length);
    for (const [index, event] of events.entries()) expect(seen[index]).toBe(event);
  });

  it('hands each event on in the turn that it arrives', async () => {
    let deliver = (_result: IteratorResult<unknown>): void => {};
    const arrives = (): Promise<IteratorResult<unknown>> => new Promise((resolve) => (deliver = resolve));
    const handle = {
      id: 's',
      events: { [Symbol.asyncIterator]: () => ({ next: arrives }) },
      sendInput: async () => {},
      interrupt: async () => {},
    };
    const runtime = { runRoleSession: async () => handle, resumeSession: () => handle };
    const session = await instrument(runtime).runRoleSession();
    const seen: string[] = [];
    const reading = session.events[Symbol.asyncIterator]()
      .next()
      .then(() => seen.push('event'));
    const nextTurn = new Promise((resolve) => setImmediate(resolve)).then(() => seen.push('next turn'));
    deliver({ done: false, value: message('a') });
    await Promise.all([reading, nextTurn]);
    expect(seen).toEqual(['event', 'next turn']);
  });

  it('with its own methods, private fields, properties and prototype', async () => {
    const played = new PlayedRuntime({});
    const runtime = instrument(played);
    await runtime.collectSessionMetrics('session-7');
    expect(played.collected).toEqual(['session-7']);
    expect(runtime).toBeInstanceOf(PlayedRuntime);
    expect(runtime.sessions).toBe(played.sessions);
    expect(runtime.collectSessionMetrics).toBe(runtime.collectSessionMetrics);
    expect(
      'collectSessionMetrics' in
        instrument({ runRoleSession: played.runRoleSession, resumeSession: played.resumeSession }),
    ).toBe(false);
  });

  it('even when it is frozen', async () => {
    const played = new PlayedRuntime({ events: [idle()] });
    const session = Object.freeze(await played.runRoleSession('product', 'x'));
    const runtime = instrument(
      Object.freeze({ runRoleSession: async () => session, resumeSession: () => session }),
    );
    const measured = await runtime.runRoleSession();
    for await (const _event of measured.events);
    expect(Object.keys(measured)).toEqual(Object.keys(session));
    expect(measured.id).toBe('session-1');
  });

  it('with its inputs, and a consumer that leaves stops the transport', async () => {
    const played = new PlayedRuntime({ events: [message('a'), message('b')] });
    const session = await instrument(played).runRoleSession('product', 'x');
    const input = { type: 'user.message', content: [] };
    await session.sendInput(input);
    for await (const _event of session.events) break;
    expect(played.sessions[0]?.inputs[0]).toBe(input);
    expect(played.sessions[0]?.isReturned()).toBe(true);
  });

  it('and only fab is told when a transport hands out nonsense', async () => {
    const nonsense: unknown[] = [undefined, null, {}, { events: null }, { events: 7 }];
    for (const handle of nonsense) {
      const runtime = { runRoleSession: async () => handle, resumeSession: () => handle };
      const measured = Reflect.apply(
        instrumentFab({ meterProvider: createReadableProvider() }).instrumentRuntime,
        undefined,
        [runtime],
      );
      const bare = await runtime.runRoleSession();
      expect(await readEvents(await measured.runRoleSession('product', 'x'))).toEqual(await readEvents(bare));
      expect(await readEvents(measured.resumeSession('s'))).toEqual(await readEvents(bare));
    }
  });

  it('while the provider throws at every turn', async () => {
    const refuse = (): never => {
      throw new Error('telemetry is broken');
    };
    const broken: MeterProvider[] = [
      { getMeter: refuse },
      { getMeter: () => Object.assign(Object.create(createNoopMeter()), { createCounter: refuse }) },
      {
        getMeter: () =>
          Object.assign(Object.create(createNoopMeter()), { createCounter: () => ({ add: refuse }) }),
      },
      Object.assign(createReadableProvider(), { persist: refuse, onEnding: refuse }),
    ];
    for (const meterProvider of broken) {
      const telemetry = instrumentFab({ meterProvider });
      const session = await telemetry
        .instrumentRuntime(new PlayedRuntime({ events: [message('SELF-EVAL: PASS'), idle()] }))
        .runRoleSession('product', 'x');
      for await (const _event of session.events);
      telemetry.recordSession({ role: 'product' });
      telemetry.recordPerf({}, {});
      telemetry.recordGate({ profile: 'code', decision: 'approve', attempts: 1 });
    }
  });
});

/** The kind of error a consumer meets: messages of the engine name other expressions. */
async function readEvents(session: unknown): Promise<string> {
  try {
    const handle = Object(session);
    for await (const _event of session === null || session === undefined ? refuseNothing() : handle.events);
    return 'read';
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown';
  }
}

function refuseNothing(): never {
  throw new TypeError('no session');
}
