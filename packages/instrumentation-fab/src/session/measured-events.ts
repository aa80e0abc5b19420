import { overlay } from '../overlay.ts';
import { quietly } from '../quietly.ts';

/** What one pass over a session's events tells. Nothing it throws reaches the consumer. */
export interface EventListener {
  /** The consumer wants the next event: it is done with the one it held. */
  readonly asked: () => void;
  /** An event arrived and is handed on next. */
  readonly arrived: (event: unknown) => void;
  /** The stream closed by itself. */
  readonly ranOut: () => void;
  /** The transport threw. */
  readonly failed: () => void;
  /** The consumer broke out of its loop. */
  readonly left: () => void;
}

/** The same events, each handed on as the same object in the turn it arrives, with a listener beside them. */
export function measuredEvents(
  events: AsyncIterable<unknown>,
  listener: EventListener,
): AsyncIterable<unknown> {
  const iterate = (): AsyncIterator<unknown> => measuredIterator(events[Symbol.asyncIterator](), listener);
  return overlay(events, new Map([[Symbol.asyncIterator, () => iterate]]));
}

function measuredIterator(iterator: AsyncIterator<unknown>, listener: EventListener): AsyncIterator<unknown> {
  const measured: AsyncIterator<unknown> = {
    next: (...args) => {
      quietly(listener.asked);
      return attempt(() => iterator.next(...args), listener);
    },
    return: (value) => {
      quietly(listener.left);
      return iterator.return ? iterator.return(value) : Promise.resolve({ done: true, value });
    },
  };
  if (iterator.throw === undefined) return measured;
  return { ...measured, throw: (error) => attempt(() => iterator.throw?.(error) ?? ended(), listener) };
}

/** One step of the iterator; its answer and its error go on unchanged. */
function attempt(
  step: () => Promise<IteratorResult<unknown>>,
  listener: EventListener,
): Promise<IteratorResult<unknown>> {
  const failed = (error: unknown): never => {
    quietly(listener.failed);
    throw error;
  };
  const arrived = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    quietly(() => (result.done ? listener.ranOut() : listener.arrived(result.value)));
    return result;
  };
  try {
    return Promise.resolve(step()).then(arrived, failed);
  } catch (error) {
    return failed(error);
  }
}

function ended(): Promise<IteratorResult<unknown>> {
  return Promise.resolve({ done: true, value: undefined });
}
