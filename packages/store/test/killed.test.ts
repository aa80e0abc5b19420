/** Killed before any statement, of a migration or of a transaction: each is whole or not there. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { kyselyOn } from '../src/kysely.ts';
import { DEFAULTS, openHere, type Tables } from './stores.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures/die-at-statement.ts');
/** More than the program runs. */
const STATEMENTS_LIMIT = 60;

describeEngines(({ newPlace }) => {
  test('a program that is killed before any of its statements leaves whole transactions, and the next one goes on', async () => {
    let wasKilled = true;
    let statement = 0;
    const left = new Set<string>();
    const place = await newPlace();
    while (wasKilled && statement < STATEMENTS_LIMIT) {
      statement += 1;
      const name = `tests_${statement}`;
      const args = [PROGRAM, place, String(statement), JSON.stringify(DEFAULTS.migrations), name];
      const { signal, printed } = await runProgram(args);
      wasKilled = signal === 'SIGKILL';
      expect(printed).toBe(wasKilled ? '' : 'done');
      const kysely = kyselyOn<Tables>(await openHere(place, { name }));
      const runs = await kysely.selectFrom('run').select('id').execute();
      const attempts = await kysely.selectFrom('attempt').select('number').execute();
      left.add(`${runs.length} ${attempts.length}`);
      await kysely.destroy();
    }
    expect(statement).toBeGreaterThan(8);
    expect([...left]).toEqual(['0 0', '1 2']);
  });
});

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly printed: string;
}

function runProgram(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_, printed, errors) =>
      resolve({ signal: child.signalCode, printed: printed + errors }),
    );
  });
}
