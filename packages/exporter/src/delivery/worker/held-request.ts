/** The request that is on its way from the main thread: it lets a host end without it, and says how far it came. */
import type { ClientRequest } from 'node:http';
import type { Endpoint } from '../post/endpoint.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import type { Post } from '../post/wary-post.ts';

/** Owned by a deliverer. */
export class HeldRequest {
  #current: ClientRequest | undefined;
  #mayHaveArrived = false;
  #isHalted = false;

  /** The same endpoint, of whose requests none keeps the process alive, save while it connects. */
  holding(endpoint: Endpoint): Endpoint {
    return {
      ...endpoint,
      request: (...args) => {
        const held = endpoint.request(...args);
        this.#current = held;
        held.on('socket', (socket) => socket.unref());
        if (this.#isHalted) held.destroy();
        return held;
      },
    };
  }

  /** The same post, of which is known whether the batch has left and is not answered. */
  watching(post: Post): (body: Uint8Array) => Promise<PostOutcome> {
    return async (body) => {
      const beforeSent = (): void => {
        this.#mayHaveArrived = true;
      };
      const outcome = await post(body, { beforeSent });
      this.#mayHaveArrived = false;
      this.#current = undefined;
      return outcome;
    };
  }

  /** Ends a request that has not left; one that has may still be answered. */
  giveUpUnsent(): void {
    if (!this.#mayHaveArrived) this.#current?.destroy();
  }

  /** Ends the request, and each that comes. Returns whether the Collector may have its batch. */
  halt(): boolean {
    this.#isHalted = true;
    this.#current?.destroy();
    return this.#mayHaveArrived;
  }
}
