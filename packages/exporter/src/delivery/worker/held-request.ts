/** The request of a deliverer on the main thread: a host that ends does not wait for it, unless somebody awaits the answer. */
import type { ClientRequest } from 'node:http';
import type { Endpoint } from '../post/endpoint.ts';

/** Owned by a deliverer. */
export class HeldRequest {
  #current: ClientRequest | undefined;
  #isHalted = false;

  /** The same endpoint, of whose requests none keeps the process alive, save while it connects. */
  holding(endpoint: Endpoint): Endpoint {
    return {
      ...endpoint,
      request: (...args) => {
        const held = endpoint.request(...args);
        this.#current = held;
        held.on('socket', (socket) => socket.unref());
        held.on('close', () => {
          if (this.#current === held) this.#current = undefined;
        });
        if (this.#isHalted) this.giveUp();
        return held;
      },
    };
  }

  /** Ends the request that is under way. */
  giveUp(): void {
    this.#current?.destroy(new Error('no connection in time'));
  }

  /** Ends the request, and each that comes. */
  halt(): void {
    this.#isHalted = true;
    this.#current?.destroy();
  }
}
