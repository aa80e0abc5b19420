/** Starts a delivery in the background, which outlives this process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endTurn } from '@ephemetry/wrapper/push';
import { deliveryEnvironment } from './delivery-environment.ts';

const PROGRAM = fileURLToPath(new URL('./deliver-later.js', import.meta.url));

/** In a session of its own: a Ctrl-C in the terminal is not for it, and nobody waits for its streams. Never throws. */
export function startDelivery(directory: string, endpoint: string | undefined): void {
  try {
    const args = [PROGRAM, directory, ...(endpoint === undefined ? [] : [endpoint])];
    // Not in the directory of the script, which may be on a disk that somebody wants to eject, nor in one that others
    // write to: Node looks for what its variables name from where it starts.
    const env = deliveryEnvironment(process.env, workingDirectory() ?? directory);
    const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore', cwd: directory, env });
    child.on('error', () => endTurn(directory));
    child.unref();
  } catch {
    endTurn(directory);
  }
}

/** `undefined` when it has been removed. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
