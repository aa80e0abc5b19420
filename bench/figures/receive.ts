/** How much memory `ephemetry receive` takes when somebody sends what is meant to bring it down. */
import { fileURLToPath } from 'node:url';
import { type Attack, attacks, fuzzedRequests, peakMemoryMib, runProgram } from '@ephemetry/testing';
import type { Figure } from '../figure.ts';
import { spreadOf } from '../spread.ts';
import type { Surroundings } from './surroundings.ts';

const MAIN = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const FUZZ_SEED = 20_261_128;

/** The largest peak over all attacks, each on a process of its own, without flags for its heap. */
export async function measureReceive({ effort }: Surroundings): Promise<Figure[]> {
  const all = [...attacks().slice(0, effort.attacks), fuzz(effort.fuzzMs)];
  const peaks: number[] = [];
  for (const attack of all) peaks.push(await peakUnder(attack));
  return [
    {
      name: 'receive.attacked.peak',
      meaning:
        'Peak memory of `ephemetry receive` with its defaults under every attack of the tests and a seeded fuzz, the largest of them',
      unit: 'MiB',
      spread: spreadOf([Math.max(...peaks)]),
      bar: { limit: 400, goFor: 200 },
    },
  ];
}

function fuzz(durationMs: number): Attack {
  return {
    name: 'seeded nonsense',
    send: async (url) => {
      const until = performance.now() + durationMs;
      for (const { headers, body } of fuzzedRequests(FUZZ_SEED)) {
        if (performance.now() > until) return;
        await (await fetch(`${url}/v1/metrics`, { method: 'POST', headers, body })).arrayBuffer();
      }
    },
  };
}

/** NaN when the receiver did not live through it: a figure of a dead process would look small. */
async function peakUnder({ send }: Attack): Promise<number> {
  let said = '';
  let attacked: Promise<number> | undefined;
  const ended = await runProgram(MAIN, {
    args: ['receive', '--port', '0', '--json'],
    timeoutMs: 600_000,
    onStderr: (text, program) => {
      said += text;
      const url = /listening on (http:\S+)\n/.exec(said)?.[1];
      if (url === undefined) return;
      attacked ??= send(url)
        .then(() => peakMemoryMib(program.pid) ?? Number.NaN)
        .finally(() => program.kill('SIGTERM'));
    },
  });
  const peak = await attacked;
  return ended.code === 0 && peak !== undefined ? peak : Number.NaN;
}
