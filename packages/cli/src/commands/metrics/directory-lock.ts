/** Keeps a second process out of a PGlite directory, which PGlite itself lets in to destroy the data. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';

/** Another program of this machine has the directory open. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';

  constructor(directory: string) {
    super(
      `${directory} is in use by another ephemetry; PGlite allows one process at a time. ` +
        'Wait until it has ended, stop `metrics watch`, or use PostgreSQL.',
    );
  }
}

/**
 * Takes the directory until the process ends, however it ends: an abstract socket goes with its process, so
 * there is no stale lock file. Linux only, and within one network namespace; elsewhere it keeps nobody out.
 *
 * @throws DirectoryInUse
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export async function lockDirectory(directory: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const id = createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 32);
  await new Promise<void>((taken, refused) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error: NodeJS.ErrnoException) =>
      refused(error.code === 'EADDRINUSE' ? new DirectoryInUse(directory) : error),
    );
    server.listen(`\0ephemetry-merges-${id}`, taken).unref();
  });
}
