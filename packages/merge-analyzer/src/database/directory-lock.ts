/** Keeps a second user out of a PGlite directory, which PGlite itself lets in to destroy the data. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** Somebody on this machine has the directory of an embedded database open. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly directory: string;

  constructor(directory: string) {
    super(
      `${directory} is in use: another program, or this one, has the PGlite database in it open, and PGlite ` +
        'allows one at a time. Wait until it has ended, stop `merges watch`, or use PostgreSQL.',
    );
    this.directory = directory;
  }
}

/**
 * Takes a directory, which need not be there yet. An abstract socket goes with its process, however that
 * ends, so there is no stale lock file. Linux only, and within one network namespace: elsewhere, and between
 * containers that share a volume, it keeps nobody out.
 *
 * @param directory - absolute, links resolved: all who want it name it in the same way
 * @returns the way to give it back.
 * @throws DirectoryInUse
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => {};
  const id = createHash('sha256').update(directory).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((taken, refused) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      refused(error.code === 'EADDRINUSE' ? new DirectoryInUse(directory) : error),
    );
    // Unreferenced: a program that forgets to close its database ends all the same.
    server.listen(`\0ephemetry-merges-${id}`, taken).unref();
  });
  return () => new Promise((given) => server.close(() => given()));
}

/** Names those who keep each other out: programs of one network namespace since the machine started. */
export function lockDomain(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  const namespace = readlinkSync('/proc/self/ns/net');
  return createHash('sha256').update(`${boot}${namespace}`).digest('hex').slice(0, 8);
}
