import { existsSync, readdirSync } from 'node:fs';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { describeUrl, hideSecrets, readConnectionText } from './connection-string.ts';

describe('a connection string is known', () => {
  it.each([
    ['postgres://u:S3CRET@h:5433/d', 'postgres://u:***@h:5433/d'],
    [
      ' POSTGRESQL://u@h/d?password=S3CRET&sslmode=require ',
      'postgresql://u@h/d?password=***&sslmode=require',
    ],
    [
      'postgres://u@h/d?sslpassword=S3CRET&anything=S3CRET#S3CRET',
      'postgres://u@h/d?sslpassword=***&anything=***',
    ],
    ['host=h user=u password=S3CRET dbname=d', 'postgres://u:***@h/d'],
    ["password = 'S3CRET' host='h' port=5433", 'postgres://:***@h:5433'],
    ["user=u password='S3 \\'CRET' dbname=a/b", 'postgres://u:***@localhost/a%2Fb'],
    ['host=/run/postgresql dbname=d password=S3CRET', 'postgres://:***@localhost/d?host=%2Frun%2Fpostgresql'],
    ['host=::1 user=u password=S3CRET', 'postgres://u:***@[::1]'],
    ['PGHOST=h PGUSER=u PGPASSWORD=S3CRET PGDATABASE=d', 'postgres://u:***@h/d'],
  ])('%s', (given, shown) => {
    const read = readConnectionText(given);
    expect(read.kind === 'url' && describeUrl(read.url)).toBe(shown);
  });

  it('its password arrives whole', () => {
    const read = readConnectionText(String.raw`user=u password='a\'b\\c @/:?%' host=h`);
    expect(read.kind === 'url' && decodeURIComponent(new URL(read.url).password)).toBe(
      String.raw`a'b\c @/:?%`,
    );
  });
});

describe('what holds a password and cannot be read is refused', () => {
  it.each([
    'jdbc:postgresql://h/d?user=u&password=S3CRET',
    'postgres:u:S3CRET@h/d',
    'postgres://u:S3CRET@h:port/d',
    'mysql://u:S3CRET@h/d',
    'u:S3CRET@h/d',
    'host=h;user=u;password=S3CRET',
    "host=h password='S3CRET",
    '{"host": "h", "password": "S3CRET"}',
    './place?password=S3CRET',
    'host=h pasword=S3CRET',
  ])('%s', (given) => {
    const read = readConnectionText(given);
    expect(read.kind).toBe('unreadable');
    expect(JSON.stringify(read)).not.toContain('S3CRET');
  });
});

describe('a directory stays one', () => {
  it.each(['merges', './merges', '/var/lib/merges', '../a=b', 'runs=5', '~/x', 'a@b', 'C-d_e.f', 'host'])(
    '%s',
    (given) => {
      expect(readConnectionText(given).kind).toBe('other');
    },
  );
});

it('a message that quotes a password is shown without it', () => {
  const url = 'postgres://u:S3%40CRET@h/d?sslpassword=OTHER';
  expect(hideSecrets('S3@CRET or S3%40CRET or OTHER?', url)).toBe('*** or *** or ***?');
});

describe.concurrent('a password that was given to a command is neither shown nor written', () => {
  it.each([
    'host=127.0.0.1 port=1 user=u password=S3CRET dbname=d',
    'host=127.0.0.1 port=1 user=u pasword=S3CRET dbname=d',
    'postgres://u@127.0.0.1:1/d?password=S3CRET',
    'u:S3CRET@127.0.0.1/d',
    'jdbc:postgresql://127.0.0.1:1/d?password=S3CRET',
  ])('%s', async (database) => {
    using directory = temporaryDirectory();
    for (const args of [['merges'], ['merges', 'import', '/dev/null']]) {
      const options = { cwd: directory.path };
      const ended = await runCommand([...args, '--database', database], options);
      expect(ended.code).not.toBe(0);
      expect(ended.stdout + ended.stderr).not.toContain('S3CRET');
      const named = await runCommand(args, { ...options, env: { EPHEMETRY_MERGES_DATABASE: database } });
      expect(named.stdout + named.stderr).not.toContain('S3CRET');
    }
    expect(existsSync(directory.path) && readdirSync(directory.path)).toEqual([]);
  });
});
