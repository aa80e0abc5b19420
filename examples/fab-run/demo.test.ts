import { fileURLToPath } from 'node:url';
import { runProgram } from '@ephemetry/testing';
import { expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('./demo.ts', import.meta.url));

it('the demo receives every figure of every process', async () => {
  const { code, stdout } = await runProgram(DEMO, { timeoutMs: 150_000 });
  expect(stdout).not.toContain('DIFFERENT');
  expect(stdout).toContain('0 left in the spool');
  // Also where a process delivered what those before it left.
  expect(stdout.match(/killed; [0-4] on disk$/gm)).toHaveLength(3);
  expect(stdout).toMatch(/^fab_session_outcomes_total\{.+\} 3$/m);
  expect(code).toBe(0);
}, 70_000);
