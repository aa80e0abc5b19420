import { sql } from 'kysely';
import pg from 'pg';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { openMergeAnalyzer } from '../src/index.ts';
import { startPostgresServer } from '../test/postgres-server.ts';
import { writeHistory } from './history.ts';

const server = await startPostgresServer({ isDurable: true });
const h = await writeHistory(server.url, 'x', {
  merges: Number(process.argv[2] ?? 10000),
  projects: 50,
  ids: process.argv[3] === 'uuid' ? 'uuid' : 'bigint',
});
let texts: [string, unknown[]][] = [];
const orig = pg.Client.prototype.query;
(pg.Client.prototype as any).query = function (t: any, p: any, ...r: any[]) {
  if (typeof t === 'string') texts.push([t, p]);
  return (orig as any).call(this, t, p, ...r);
};
const analyzer = await openMergeAnalyzer(h.database);
await analyzer.analyze();
await sql`vacuum analyze`.execute(h.database.kysely);
const ins = (i: string) =>
  sql`insert into x.events_outbox (kind, work_item_id, payload) values ('t', ${i}, '{"target":"merged","attempts":1,"last_verdict":null,"project":"project-1"}')`.execute(
    h.database.kysely,
  );
for (let i = 0; i < 5; i++) {
  await ins('a' + i);
  await analyzer.analyze();
}
await ins('z');
texts = [];
await analyzer.analyze();
const got = texts;
texts = [];
const c = new pg.Client({ connectionString: server.url });
await c.connect();
for (const [t, p] of got) {
  console.log('=====', t.length, (p as any)?.length);
  for (const s of t.startsWith('begin') ? t.split('; ') : [t]) {
    if (/^(begin|commit)/.test(s)) {
      await (orig as any).call(c, s);
      continue;
    }
    for (let k = 0; k < 3; k++) {
      if (!t.startsWith('begin')) await (orig as any).call(c, 'begin');
      const r: any = await (orig as any).call(
        c,
        'explain (analyze, buffers off, timing off) ' + s,
        p?.length ? p : undefined,
      );
      const lines = r.rows.map((x: any) => x['QUERY PLAN']);
      if (k === 2) console.log(lines.join('\n'));
      else console.log(lines.filter((l: string) => /Time|JIT|Timing/.test(l)).join(' | '));
      if (!t.startsWith('begin')) await (orig as any).call(c, 'rollback');
    }
  }
}
await c.end();
await h.database.close();
await server.stop();
