/** The role that the README describes is enough: it may create nothing but its own tables. */
import { afterAll, describe, expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { MissingRightsError } from '../src/database/rights.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';

describe.skipIf(isPostgresqlMissing)(`least privilege${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');
  const opened: ReturnType<typeof openPostgresql>[] = [];
  afterAll(() => Promise.all(opened.map((database) => database.close())));

  test.each([
    ['an identity', 'limited', 'bigint generated always as identity', ''],
    ['a bigserial', 'limited_serial', 'bigserial', 'grant usage on all sequences in schema %schema to %role'],
  ])(
    'a role that owns only the schema of its tables analyzes, with ids from %s',
    async (_, role, idColumn, grant) => {
      const { orchestratorSchema, ownSchema, ...owner } = engine.open();
      const orchestrator = await startOrchestrator({ orchestratorSchema, ownSchema, ...owner });
      const outbox = orchestrator.table('events_outbox');
      const schema = `"${orchestratorSchema}"`;
      for (const statement of [
        `alter table ${outbox} drop column id`,
        `alter table ${outbox} add column id ${idColumn} primary key`,
        `create role ${role} login`,
        `create schema "${ownSchema}" authorization ${role}`,
        `grant usage on schema ${schema} to ${role}`,
        `grant select on all tables in schema ${schema} to ${role}`,
        `grant insert on ${outbox} to ${role}`,
        ...(grant === '' ? [] : [grant.replace('%schema', schema).replace('%role', role)]),
      ]) {
        await orchestrator.run(statement);
      }
      await orchestrator.merge({ workItemId: 'a' });
      const url = new URL(engine.server?.url ?? '');
      url.username = role;
      const database = openPostgresql({ url: url.href, orchestratorSchema, ownSchema });
      opened.push(database);
      const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
      expect(await readMetrics(analyzer)).toMatchObject({ merges: 1, analyzed: { merges: 1 } });
      expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 1 });
    },
  );

  test('a right that is taken away while it runs is named by the statement that grants it', async () => {
    const { database, orchestrator, outbox } = await startAs('reduced');
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await orchestrator.run(`revoke insert on ${outbox} from reduced`);
    await orchestrator.merge({ workItemId: 'a' });
    const refused: unknown = await analyzer.analyze().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MissingRightsError);
    const [grant = ''] = refused instanceof MissingRightsError ? refused.grants : [];
    expect(grant).toMatch(/^grant insert on .*events_outbox/);
    await orchestrator.run(grant);
    expect(await analyzer.analyze()).toMatchObject({ merges: 1 });
  });

  test('a role from which policies hide rows is told what that means', async () => {
    const { database, orchestrator, outbox } = await startAs('restricted');
    await orchestrator.run(`alter table ${outbox} enable row level security`);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(analyzer.warnings).toContainEqual(expect.stringMatching(/policies decide.*bypassrls/));
    await orchestrator.run('alter role restricted bypassrls');
    expect((await openMergeAnalyzer(database, { configuration: SMALL })).warnings).not.toContainEqual(
      expect.stringMatching(/policies decide/),
    );
  });

  /** A role that may do what the README says, and the database as it opens it. */
  async function startAs(role: string) {
    const owned = engine.open();
    const { orchestratorSchema, ownSchema } = owned;
    const orchestrator = await startOrchestrator(owned);
    const outbox = orchestrator.table('events_outbox');
    for (const statement of [
      `create role ${role} login`,
      `create schema "${ownSchema}" authorization ${role}`,
      `grant usage on schema "${orchestratorSchema}" to ${role}`,
      `grant select on all tables in schema "${orchestratorSchema}" to ${role}`,
      `grant insert on ${outbox} to ${role}`,
    ]) {
      await orchestrator.run(statement);
    }
    const url = new URL(engine.server?.url ?? '');
    url.username = role;
    const database = openPostgresql({ url: url.href, orchestratorSchema, ownSchema });
    opened.push(database);
    return { database, orchestrator, outbox };
  }
});
