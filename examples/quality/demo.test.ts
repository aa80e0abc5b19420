import { fileURLToPath } from 'node:url';
import { runProgram } from '@ephemetry/testing';
import { expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('./demo.ts', import.meta.url));

it('every number of the recorded night is what really happened', async () => {
  const { code, stdout } = await runProgram(DEMO, { timeoutMs: 150_000 });
  expect(stdout).not.toContain('DIFFERENT');
  expect(stdout).toMatch(/^(\d+) of \1 numbers are what really happened$/m);
  expect(code).toBe(0);
}, 180_000);
