/** The request that is on its way from the main thread: it lets a host end without it, and says how far it came. */
import type { ClientRequest } from 'node:http';
import { type Endpoint, type PostOutcome, postBatch } from '../post/post-batch.ts';

/** Owned by a deliverer. */
export class HeldRequest {
  #current: ClientRequest | undefined;
  #isHalted = false;

  /** As `postBatch`, but the request keeps no process alive, save while it connects. */
  async post(endpoint: Endpoint, body: Uint8Array): Promise<PostOutcome> {
    const outcome = await postBatch({ ...endpoint, request: this.#hold(endpoint.request) }, body);
    this.#current = undefined;
    return outcome;
  }

  /** Ends a request that has not left as a whole; one that has may still be answered. */
  giveUpUnsent(): void {
    if (!this.#mayHaveArrived()) this.#current?.destroy();
  }

  /** Ends the request, and each that comes. Returns whether the Collector may have it. */
  halt(): boolean {
    this.#isHalted = true;
    const mayHaveArrived = this.#mayHaveArrived();
    this.#current?.destroy();
    return mayHaveArrived;
  }

  #hold(request: Endpoint['request']): Endpoint['request'] {
    return (...args) => {
      const held = request(...args);
      this.#current = held;
      held.on('socket', (socket) => socket.unref());
      if (this.#isHalted) held.destroy();
      return held;
    };
  }

  #mayHaveArrived(): boolean {
    return this.#current?.socket?.connecting === false;
  }
}
