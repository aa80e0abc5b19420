/** Killed before any statement: the run is there whole, or it left no trace, and recording it again counts it once. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { rememberRun } from '../../src/history/remember-run.ts';
import { openHere } from './histories.ts';
import { runOf } from './run-of.ts';

const PROGRAM = join(import.meta.dirname, '../fixtures/die-at-statement.ts');
/** More than the program runs. */
const STATEMENTS_LIMIT = 60;
const FINDINGS = { rerun: 1, mass: 0, transitions: {}, flaky: 2 };

describeEngines(({ newPlace }) => {
  test('a program that is killed before any of its statements leaves a whole run or none', async () => {
    const seen = new Set<string>();
    let statement = 0;
    let wasKilled = true;
    const place = await newPlace();
    const history = await openHere(place);
    while (wasKilled && statement < STATEMENTS_LIMIT) {
      statement += 1;
      const suite = `app${statement}`;
      const first = {
        suite,
        environment: 'linux',
        commit: 'c1',
        branch: 'default',
        categories: ['unknown'],
      } as const;
      await rememberRun(history, runOf({ a: '+', b: '+', c: '+' }), {
        ...first,
        identity: `first ${statement}`,
        endUnixMs: Date.now(),
      });
      const killed = await runProgram([PROGRAM, place, String(statement), suite]);
      wasKilled = killed.signal === 'SIGKILL';
      const count = async (table: 'run' | 'flip' | 'test') =>
        (await history.kysely.selectFrom(table).select('suite').where('suite', '=', suite).execute()).length;
      seen.add([await count('run'), await count('flip'), await count('test')].join(' '));
      if (wasKilled) continue;
      expect(JSON.parse(killed.printed)).toEqual(FINDINGS);
      const again = await runProgram([PROGRAM, place, '0', suite]);
      expect(JSON.parse(again.printed)).toEqual(FINDINGS);
    }
    expect(statement).toBeGreaterThan(12);
    expect([...seen]).toEqual(['1 0 0', '2 2 2']);
  });
});

function runProgram(args: readonly string[]): Promise<{ signal: NodeJS.Signals | null; printed: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_, printed, errors) =>
      resolve({ signal: child.signalCode, printed: printed + errors }),
    );
  });
}
