import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { openMergeAnalyzer } from '../src/index.ts';
import { startPostgresServer } from '../test/postgres-server.ts';
import { writeHistory } from './history.ts';

const [merges = '10000', mode = 'merge', steps = '300'] = process.argv.slice(2);
const server = await startPostgresServer({ isDurable: true });
const cpu = () =>
  readdirSync('/proc')
    .filter((n) => /^\d+$/.test(n))
    .flatMap((pid) => {
      try {
        const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
        return Number(f[1]) === server.pid || Number(pid) === server.pid
          ? [(Number(f[11]) + Number(f[12])) * 10]
          : [];
      } catch {
        return [];
      }
    })
    .reduce((a, b) => a + b, 0);
const h = await writeHistory(server.url, 'x', {
  merges: Number(merges),
  projects: 50,
  ids: process.argv[5] === 'uuid' ? 'uuid' : 'bigint',
});
const analyzer = await openMergeAnalyzer(
  h.database,
  process.env.ROWS ? { rowsPerStep: Number(process.env.ROWS) } : {},
);
let c0 = cpu(),
  n0 = process.cpuUsage(),
  t0 = performance.now();
await analyzer.analyze();
const show = (what: string, n: number) => {
  const u = process.cpuUsage(n0);
  console.log(
    what,
    'wall/unit us',
    (((performance.now() - t0) * 1000) / n).toFixed(1),
    'server us',
    (((cpu() - c0) * 1000) / n).toFixed(1),
    'node us',
    ((u.user + u.system) / n).toFixed(1),
  );
};
show('catch-up', Number(merges));
await sql`vacuum analyze`.execute(h.database.kysely);
if (mode === 'merge') {
  for (const phase of ['warm', 'measured']) {
    c0 = cpu();
    n0 = process.cpuUsage();
    t0 = performance.now();
    let ta = 0;
    for (let i = 0; i < Number(steps); i++) {
      await sql`insert into x.events_outbox (kind, work_item_id, payload) values ('t', ${phase + i}, '{"target":"merged","attempts":1,"last_verdict":null,"project":"project-1"}')`.execute(
        h.database.kysely,
      );
      const a = performance.now();
      await analyzer.analyze();
      ta += performance.now() - a;
    }
    show(phase, Number(steps));
    console.log('analyze ms', (ta / Number(steps)).toFixed(2));
  }
}
await h.database.close();
await server.stop();
