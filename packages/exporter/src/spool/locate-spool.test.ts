import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { locateSpool, type SpoolPlace, spoolPlaces } from './locate-spool.ts';

const uid = process.getuid?.() ?? 'user';

describe('places, and why', () => {
  const temporary = { path: join(tmpdir(), `ephemetry-${uid}`, 'spool'), why: 'temporary' } as const;
  const inHome = { path: '/home/me/.local/state/ephemetry/spool', why: 'home' } as const;

  test.each<[string | undefined, NodeJS.ProcessEnv, SpoolPlace[]]>([
    ['/named', { EPHEMETRY_SPOOL_DIR: '/other', HOME: '/home/me' }, [{ path: '/named', why: 'option' }]],
    ['relative', {}, [{ path: '/start/relative', why: 'option' }]],
    [' ', { EPHEMETRY_SPOOL_DIR: 'there' }, [{ path: '/start/there', why: 'variable' }]],
    [
      undefined,
      { EPHEMETRY_SPOOL_DIR: ' ', XDG_STATE_HOME: '/state', HOME: '/home/me' },
      [{ path: '/state/ephemetry/spool', why: 'xdg-state-home' }, temporary],
    ],
    [undefined, { HOME: '/home/me' }, [inHome, temporary]],
    // Empty and relative count as not set; else the spool would depend on the working directory.
    [undefined, { XDG_STATE_HOME: '', HOME: '/home/me' }, [inHome, temporary]],
    [undefined, { XDG_STATE_HOME: 'state', HOME: 'home' }, [temporary]],
    [undefined, { TMPDIR: '/scratch' }, [{ ...temporary, path: `/scratch/ephemetry-${uid}/spool` }]],
    [undefined, { TMPDIR: '' }, [temporary]],
    [undefined, {}, [temporary]],
  ])('option %j, environment %j', (spoolDir, env, expected) => {
    expect(spoolPlaces({ spoolDir }, env, '/start')).toEqual(expected);
  });
});

test('a spool is located where a run would use it, and nothing is created', () => {
  const { path: scratch, remove } = temporaryDirectory();
  onTestFinished(remove);
  const env = { XDG_STATE_HOME: join(scratch, 'state'), TMPDIR: join(scratch, 'tmp') };
  const inState = { path: join(scratch, 'state', 'ephemetry', 'spool'), why: 'xdg-state-home' };
  const temporary = { path: join(scratch, 'tmp', `ephemetry-${uid}`, 'spool'), why: 'temporary' };

  expect(locateSpool({}, env)).toEqual({ ...inState, exists: false });
  expect(locateSpool({}, env)).toEqual({ ...inState, exists: false });
  mkdirSync(temporary.path, { recursive: true, mode: 0o700 });
  expect(locateSpool({}, env)).toEqual({ ...temporary, exists: true });
  mkdirSync(inState.path, { recursive: true, mode: 0o700 });
  expect(locateSpool({}, env)).toEqual({ ...inState, exists: true });
});
