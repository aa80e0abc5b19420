/** Closes connections on which no request begins in time. `node:http` has such limits only for servers that listen themselves. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Owned by the endpoint of a command. */
export class HeadersDeadline {
  readonly #withinMs: number;
  readonly #timers: Map<Socket, NodeJS.Timeout> = new Map();

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** The headers of the first request are due. */
  watch(socket: Socket): void {
    this.#start(socket);
    socket.once('close', () => this.#stop(socket));
  }

  /** Headers were read; those of the next request are due once this one is answered. */
  noteRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#stop(socket);
    response.once('close', () => {
      if (!socket.destroyed) this.#start(socket);
    });
  }

  #start(socket: Socket): void {
    this.#stop(socket);
    const timer = setTimeout(() => {
      // Where this process was held up so long, what came meanwhile is read first.
      setImmediate(() => {
        if (this.#timers.get(socket) === timer) socket.destroy();
      });
    }, this.#withinMs).unref();
    this.#timers.set(socket, timer);
  }

  #stop(socket: Socket): void {
    clearTimeout(this.#timers.get(socket));
    this.#timers.delete(socket);
  }
}
