/** What the end of a process calls, by a clock that callbacks move. */
import { beforeEach, expect, test, vi } from 'vitest';
import { Complaints } from '../complaints.ts';
import { EphemeralMeter } from '../ephemeral-meter.ts';
import { Observers } from './observers.ts';

let nowMs = 0;
vi.mock('../../monotonic-clock.ts', () => ({ monotonicMs: () => nowMs }));

const said: string[] = [];
const called: string[] = [];
beforeEach(() => {
  said.length = 0;
  called.length = 0;
});

function setObservers(): { observers: Observers; register: (name: string, tookMs: () => number) => void } {
  const complaints = new Complaints((text) => said.push(text));
  const measured = (): void => {};
  const observers = new Observers({ complaints, measured, intervalMs: () => 60_000 });
  const meter = new EphemeralMeter({ name: 'test' }, { complaints, measured, callbacks: observers });
  const register = (name: string, tookMs: () => number): void =>
    meter.createObservableGauge(name).addCallback((result) => {
      called.push(name);
      nowMs += tookMs();
      result.observe(1);
    });
  return { observers, register };
}

test('quick callbacks get 50 ms together; how many were not called is said', () => {
  const { observers, register } = setObservers();
  for (const name of ['a', 'b', 'c', 'd', 'e']) register(name, () => 20);
  called.length = 0;
  observers.observeLast();
  expect(called).toEqual(['a', 'b', 'c']);
  expect(said).toEqual([
    'callbacks of observable instruments took 60 ms at the end of the process; the limit is 50 ms, so 2 callbacks were skipped (said once)',
  ]);
});

test('a callback that was slow is called again after three quick calls, and not before', () => {
  const { observers, register } = setObservers();
  let tookMs = 51;
  register('slow', () => tookMs);
  tookMs = 1;
  for (let call = 1; call <= 2; call += 1) void observers.observe(0);
  called.length = 0;
  observers.observeLast();
  expect(called).toEqual([]);

  const another = setObservers();
  tookMs = 51;
  another.register('slow', () => tookMs);
  tookMs = 1;
  for (let call = 1; call <= 3; call += 1) void another.observers.observe(0);
  called.length = 0;
  another.observers.observeLast();
  expect(called).toEqual(['slow']);
});

test('each callback is called once at the end, however often it is announced', () => {
  const { observers, register } = setObservers();
  register('a', () => 1);
  called.length = 0;
  for (let announced = 1; announced <= 3; announced += 1) observers.observeLast();
  expect(called).toEqual(['a']);
});
