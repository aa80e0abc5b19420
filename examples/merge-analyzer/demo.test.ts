import { fileURLToPath } from 'node:url';
import { runProgram } from '@ephemetry/testing';
import { expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('./demo.ts', import.meta.url));

it('the demo shows rates that move and cross in both directions, and announces nothing twice', async () => {
  const { code, stdout, stderr } = await runProgram(DEMO, { timeoutMs: 150_000 });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/merge 50 .*: up at /);
  expect(stdout).toMatch(/: down at 35\/50/);
  expect(stdout).toMatch(/payments\s+[\d.]+ \((low|high), project rate\)/);
  expect(stdout).toMatch(/payments\s+[\d.]+ \((unknown|low|high), global rate\)/);
  expect(stdout).toContain('0 crossings announced again');
  expect(code).toBe(0);
}, 70_000);
