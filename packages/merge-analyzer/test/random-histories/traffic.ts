/**
 * An orchestrator of several connections that decides by chance: transactions that overlap, commit out of the order
 * of their ids, roll back, wait in the middle of an insert, re-open items, update rows and break.
 */
import pg from 'pg';
import { auditOf, GATE } from './audit.ts';
import type { Chance } from './chance.ts';
import { isAhead, payloadOf } from './payload.ts';
import type { Facts } from './recount.ts';

/** Statements of random transactions. */
export interface Traffic {
  /** One statement of one connection. */
  readonly step: () => Promise<void>;
  /** Ends all transactions, each way by chance. */
  readonly settle: () => Promise<void>;
  /** Deletes merge events that are counted already, as a cleaner does. */
  readonly clean: () => Promise<void>;
  /** When each event's transaction began and had committed; not of events whose row was updated. */
  readonly times: ReadonlyMap<number, { readonly began: number; readonly committed: number }>;
  readonly close: () => Promise<void>;
}

/** One connection and the transaction that is open on it. */
interface Connection {
  client: pg.Client;
  transaction: OpenTransaction | undefined;
  /** An insert that has its id and waits. */
  waiting: Promise<unknown> | undefined;
}

interface OpenTransaction {
  readonly began: number;
  readonly events: number[];
  readonly locked: Set<string>;
  hasSavepoint: boolean;
}

const CONNECTIONS = 4;
const PROJECTS = ['alpha', 'beta', 'gamma'];
/** Nothing here waits for more than a gate that is about to open. */
const STATEMENT_LIMIT_MS = 60_000;

/** Makes the audit beside the orchestrator's tables, and connects. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its connections and counts live as long as it
export async function startTraffic(url: string, schema: string, chance: Chance): Promise<Traffic> {
  const table = (name: string): string => `"${schema}".${name}`;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, statement_timeout: STATEMENT_LIMIT_MS });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const control = { client: await connect() };
  await control.client.query(auditOf(table));
  const connections: Connection[] = [];
  for (let index = 0; index < CONNECTIONS; index += 1) {
    connections.push({ client: await connect(), transaction: undefined, waiting: undefined });
  }
  const times = new Map<number, { began: number; committed: number }>();
  const updated = new Set<number>();
  const items: string[] = [];
  const merged = new Set<string>();
  let made = 0;
  let tick = 0;
  let isGateClosed = false;

  const isLocked = (item: string): boolean =>
    connections.some(({ transaction }) => transaction?.locked.has(item) === true);

  /** A connection that broke is replaced; what it had not committed is gone. */
  const replace = async (connection: Connection): Promise<void> => {
    await connection.client.end().catch(() => {});
    connection.client = await connect();
    connection.transaction = undefined;
    connection.waiting = undefined;
  };

  const onControl = async (statement: string, values: unknown[] = []): Promise<pg.QueryResult> => {
    try {
      return await control.client.query(statement, values);
    } catch (error) {
      if (!isBroken(error)) throw error;
      isGateClosed = false;
      control.client = await connect();
      return await control.client.query(statement, values);
    }
  };

  const openGate = async (): Promise<void> => {
    if (!isGateClosed) return;
    await onControl('select pg_advisory_unlock_all()');
    isGateClosed = false;
    for (const connection of connections) await finishWaiting(connection);
  };

  const finishWaiting = async (connection: Connection): Promise<void> => {
    const { waiting } = connection;
    connection.waiting = undefined;
    if (waiting !== undefined) await attempt(connection, () => waiting);
  };

  const attempt = async (connection: Connection, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!isBroken(error)) throw error;
      await replace(connection);
    }
  };

  const begin = async (connection: Connection): Promise<void> => {
    tick += 1;
    connection.transaction = { began: tick, events: [], locked: new Set(), hasSavepoint: false };
    await connection.client.query('begin');
  };

  const end = async (connection: Connection, transaction: OpenTransaction): Promise<void> => {
    const isKept = chance.percent(80);
    await connection.client.query(isKept ? 'commit' : 'rollback');
    tick += 1;
    if (isKept)
      for (const id of transaction.events) times.set(id, { began: transaction.began, committed: tick });
    connection.transaction = undefined;
  };

  /** An event, inserted at once, or with its id drawn and waiting at the gate. */
  const insert = async (
    connection: Connection,
    transaction: OpenTransaction,
    workItemId: string | null,
    payload: unknown,
    mayWait: boolean,
    after: () => Promise<unknown> = async () => {},
  ): Promise<void> => {
    const createdAt = isAhead(payload) ? `now() + interval '2 hours'` : 'now()';
    const isSlow = mayWait && chance.percent(6);
    if (isSlow && !isGateClosed) {
      await onControl('select pg_advisory_lock($1)', [GATE]);
      isGateClosed = true;
    }
    const done = connection.client
      .query<{ id: string }>(
        `insert into ${table('events_outbox')} (kind, work_item_id, payload, created_at)
         values ($1, $2, $3, ${createdAt}) returning id`,
        [isSlow ? 'work_item.slow' : 'work_item.transition', workItemId, JSON.stringify(payload)],
      )
      .then(({ rows }) => {
        transaction.events.push(...rows.map(({ id }) => Number(id)));
        return after();
      });
    if (!isSlow) {
      await done;
      return;
    }
    connection.waiting = done;
    done.catch(() => {});
  };

  const merge = async (connection: Connection, transaction: OpenTransaction, item: string): Promise<void> => {
    // An item that merged is re-opened before it merges again, perhaps in one transaction.
    if (merged.has(item)) await reopen(connection, transaction, item);
    merged.add(item);
    transaction.locked.add(item);
    const facts: Facts = {
      attempts: chance.percent(55) ? 1 : 2 + chance.below(8),
      verdict: chance.percent(40) ? 'rebase_conflict' : (chance.oneOf(['approve', null]) ?? null),
      project: chance.oneOf(PROJECTS) ?? 'alpha',
    };
    const { client } = connection;
    const changeItem = (): Promise<unknown> =>
      client.query(
        `update ${table('work_items')} set phase = 'merged', attempts = $2, last_verdict = $3, project = $4,
          merged_at = now(), updated_at = now() where id = $1`,
        [item, facts.attempts, facts.verdict, facts.project],
      );
    // The event first: then it has an id before its transaction has a number.
    const isEventFirst = chance.percent(50);
    if (!isEventFirst) await changeItem();
    const after = isEventFirst ? changeItem : undefined;
    await insert(connection, transaction, item, payloadOf(facts, chance), true, after);
  };

  const reopen = async (
    connection: Connection,
    transaction: OpenTransaction,
    item: string,
  ): Promise<void> => {
    transaction.locked.add(item);
    await connection.client.query(
      `update ${table('work_items')} set phase = 'build', attempts = coalesce(attempts, 0) + 1, updated_at = now()
        where id = $1`,
      [item],
    );
    await insert(connection, transaction, item, { from: 'merged', target: 'build' }, false);
  };

  const act = async (connection: Connection, transaction: OpenTransaction): Promise<void> => {
    const roll = chance.below(100);
    if (roll < 14) return await end(connection, transaction);
    if (roll < 18) {
      await connection.client.query(
        transaction.hasSavepoint ? 'rollback to inner_part' : 'savepoint inner_part',
      );
      transaction.hasSavepoint = true;
      return;
    }
    if (roll < 21)
      return await insert(connection, transaction, null, { target: 'merged', attempts: 1 }, false);
    if (roll < 24) {
      const twice = JSON.stringify({ target: 'merged', attempts: 1 });
      return await insert(connection, transaction, chance.oneOf(items) ?? null, twice, false);
    }
    const item = chance.percent(60) || items.length === 0 ? await newItem() : chance.oneOf(items);
    if (item === undefined || (isLocked(item) && !transaction.locked.has(item))) return;
    if (roll < 34) return await insert(connection, transaction, item, { usd: 0.4 }, false);
    if (roll < 42) return await reopen(connection, transaction, item);
    if (roll < 47) return await touchRow(connection, transaction);
    await merge(connection, transaction, item);
  };

  /** A relay says that it sent a row. */
  const touchRow = async (connection: Connection, transaction: OpenTransaction): Promise<void> => {
    const row = chance.oneOf([...transaction.events, ...times.keys()]);
    if (row === undefined || (isLocked(`#${row}`) && !transaction.locked.has(`#${row}`))) return;
    transaction.locked.add(`#${row}`);
    updated.add(row);
    await connection.client.query(
      `update ${table('events_outbox')} set payload = case when jsonb_typeof(payload) = 'object'
        then payload || '{"sent":true}' else payload end where id = $1`,
      [row],
    );
  };

  const newItem = async (): Promise<string> => {
    made += 1;
    const item = `w${made}`;
    await onControl(`insert into ${table('work_items')} (id, phase) values ($1, 'build')`, [item]);
    items.push(item);
    return item;
  };

  return {
    times,
    step: async () => {
      const connection = chance.oneOf(connections);
      if (connection === undefined) return;
      if (connection.waiting !== undefined || (isGateClosed && chance.percent(8))) return await openGate();
      const { transaction } = connection;
      await attempt(connection, async () => {
        if (transaction === undefined) await begin(connection);
        else await act(connection, transaction);
      });
    },
    settle: async () => {
      await openGate();
      for (const connection of connections) {
        const { transaction } = connection;
        if (transaction !== undefined) await attempt(connection, () => end(connection, transaction));
      }
      for (const id of updated) times.delete(id);
    },
    clean: async () => {
      await onControl(
        `delete from ${table('events_outbox')} o using ${table('events_outbox')} s
         where s.kind = 'metric.snapshot' and s.payload #>> '{merge,event_id}' = o.id::text`,
      );
    },
    close: async () => {
      await Promise.all([control, ...connections].map(({ client }) => client.end().catch(() => {})));
    },
  };
}

/** The server ended it: a restart, or an administrator. What it had begun is rolled back, and a commit may be either. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(57P0[123]|08...|ECONN.*|EPIPE)$/.test(code) ||
    /Connection terminated|not queryable|closed the connection/i.test(error.message)
  );
}
