/** What a stranger sends takes no more than a bounded memory of the real process, and nobody else's totals. */
import { attacks, fuzzedRequests, otlpJson, peakMemoryMib } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';

const { request, run, sum } = otlpJson;
const PEAK_LIMIT_MIB = 400;
/** Milliseconds for the fuzz: as many requests as fit. */
const FUZZ_MS = 8_000;

function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${url}/v1/metrics`, { method: 'POST', headers, body });
}

/** Sends an honest batch before and after, and reads what has become of them. */
async function besideHonestSenders(attack: (url: string) => Promise<void>) {
  let result: { readonly peakMib: number; readonly total: string | undefined } | undefined;
  let acted: Promise<void> | undefined;
  let said = '';
  const act = async (url: string, pid: number): Promise<void> => {
    const honest = (runId: string) =>
      post(url, JSON.stringify(request(run(runId, 1), [sum('honest_total', 1)])), {
        'content-type': 'application/json',
      });
    expect((await honest('before')).status).toBe(200);
    await attack(url);
    expect((await honest('after')).status).toBe(200);
    expect((await honest('after')).status).toBe(200);
    const text = await (await fetch(`${url}/metrics`)).text();
    const total = text.split('\n').find((line) => line.startsWith('honest_total{'));
    result = { peakMib: peakMemoryMib(pid) ?? 0, total };
  };
  const ended = await runCommand('receive --port 0 --json', {
    onStderr: (text, program) => {
      said += text;
      const url = /listening on (http:\S+)\n/.exec(said)?.[1];
      if (url !== undefined) acted ??= act(url, program.pid).finally(() => program.kill('SIGTERM'));
    },
  });
  await acted;
  return { ...result, code: ended.code };
}

describe('beside one who sends', () => {
  it.each(attacks().filter(({ isLong }) => isLong !== true))('$name', async ({ send }) => {
    const { peakMib, total, code } = await besideHonestSenders(send);
    expect(peakMib).toBeLessThan(PEAK_LIMIT_MIB);
    expect({ total, code }).toEqual({ total: 'honest_total{job="fab"} 2', code: 0 });
  });

  it.each([20_261_128, 7])('seeded nonsense (%d)', async (seed) => {
    const { peakMib, total, code } = await besideHonestSenders(async (url) => {
      const until = performance.now() + FUZZ_MS / 2;
      for (const { headers, body } of fuzzedRequests(seed)) {
        if (performance.now() > until) break;
        const response = await post(url, body, headers);
        const answer = await response.arrayBuffer();
        expect([200, 400, 413]).toContain(response.status);
        expect(answer.byteLength).toBeLessThan(8_192);
      }
    });
    expect(peakMib).toBeLessThan(PEAK_LIMIT_MIB);
    expect({ total, code }).toEqual({ total: 'honest_total{job="fab"} 2', code: 0 });
  });
});
