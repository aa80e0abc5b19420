/** Starts a delivery in the background, which outlives this process. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { endTurn } from '@ephemetry/wrapper/push';

const PROGRAM = fileURLToPath(new URL('./deliver-later.js', import.meta.url));

/** In a session of its own: a Ctrl-C in the terminal is not for it, and nobody waits for its streams. Never throws. */
export function startDelivery(directory: string, endpoint: string | undefined): void {
  try {
    const args = [PROGRAM, directory, ...(endpoint === undefined ? [] : [endpoint])];
    // Not in the directory of the script, which may be on a disk that somebody wants to eject.
    const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore', cwd: tmpdir() });
    child.on('error', () => endTurn(directory));
    child.unref();
  } catch {
    endTurn(directory);
  }
}
