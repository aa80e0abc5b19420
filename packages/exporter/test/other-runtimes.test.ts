/** A host that is not Node. Deno is stood in for by what tells it apart: `process.versions.deno`. */
import { runProgram } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { fixture, linesSaid, setScene, spoolFiles } from './scene.ts';

const HOSTS = fixture('environment-hosts.ts');
const AS_DENO = `--require=${fixture('as-deno.cjs')}`;

test('in Deno nothing is measured, and one line says so', async (context) => {
  const scene = await setScene(context);

  const env = { ...scene.env, NODE_OPTIONS: AS_DENO };
  const ended = await runProgram(HOSTS, { args: ['measures and exits'], env });

  expect(ended).toMatchObject({ code: 3, signal: null, stdout: '' });
  expect(linesSaid(ended)).toEqual([
    'ephemetry: Deno is not supported, nothing is measured: run the program with Node 22.15 or later',
  ]);
  expect(scene.receiver.batches).toEqual([]);
  expect(spoolFiles(scene.spoolDir)).toEqual([]);
});

test('in Deno telemetry that is switched off says nothing', async (context) => {
  const scene = await setScene(context);

  const env = { ...scene.env, NODE_OPTIONS: AS_DENO, OTEL_SDK_DISABLED: 'true' };
  const ended = await runProgram(HOSTS, { args: ['measures and exits'], env });

  expect(ended).toMatchObject({ code: 3, stderr: '' });
});

test('in Deno no listener of ours keeps a signal from ending the program', async (context) => {
  const scene = await setScene(context);

  const env = { ...scene.env, NODE_OPTIONS: AS_DENO };
  const ended = await runProgram(HOSTS, { args: ['counts its signal listeners'], env });

  expect(ended.marks).toContain('0 listeners');
});
