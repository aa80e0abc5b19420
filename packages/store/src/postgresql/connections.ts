/** Connections to a server that can be cut, whatever the server does, and that are cut when it has gone silent. */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import pg from 'pg';
import type { Connection, QueryResult } from '../database.ts';
import { SESSION_SETTINGS } from '../session-settings.ts';
import { appendColumns } from './append-columns.ts';

/** How connections are made and watched over. */
export interface ConnectionOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** After so long without an answer the server is asked, over another connection, whether it is at work on it. */
  readonly silenceLimitMs: number;
  /** What administrators see in `pg_stat_activity`, before a word that is unique. */
  readonly applicationName: string;
  /** How `bigint` and `numeric` are read. */
  readonly largeNumbers: 'text' | 'number';
  /** Where the tables are. */
  readonly schema: string | undefined;
}

/** All connections of one database. */
export interface Connections {
  /** One for queries, of a few that are used again. */
  readonly acquire: () => Promise<Connection>;
  /** Says goodbye on all of them. */
  readonly end: () => Promise<void>;
  /** One that stays, for notifications. */
  readonly single: () => CuttableClient;
  /** Runs a question that must be answered, or the connection is cut. */
  readonly guard: <Result>(client: CuttableClient, ask: () => Promise<Result>) => Promise<Result>;
  /** Breaks every connection at once: what runs on them rejects. New ones can be made. */
  readonly cutAll: () => void;
}

/** One to read and one to commit, at the same time in a long history, and one for a question beside them. */
const POOL_SIZE = 3;
/** A frozen program holds the lock no longer than this: the server ends its transaction. */
const IDLE_TRANSACTION_LIMIT = '60s';
/** A pooler may keep the question itself waiting: so often that is no answer. */
const UNANSWERED_QUESTIONS = 6;

declare module 'pg' {
  interface Client {
    /** What the driver sends first; it has no option for these settings. */
    getStartupConf(): Readonly<Record<string, string>>;
  }
}

/** `count(*)` and `sum(…)` come as numbers, as they do from SQLite; one above 2^53 is refused, not rounded. */
const LARGE_NUMBERS_AS_NUMBERS: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    (oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC) && format !== 'binary'
      ? exactNumber
      : pg.types.getTypeParser(oid, format),
};

function exactNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError(`${text} is too large for a number: at most 2^53 - 1 is read exactly`);
  }
  return value;
}

/** Nobody knows what became of a question: the connection was cut. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
  readonly code: 'ETIMEDOUT' | 'ECONNABORTED';

  constructor(message: string, code: ConnectionCut['code']) {
    super(message);
    this.code = code;
  }
}

/** A client whose socket is at hand: `end()` says goodbye and waits for the server, which may not be there. */
export class CuttableClient extends pg.Client {
  /** Unique among all programs of a server: its session is found by it, behind a pooler, too. */
  readonly applicationName: string;
  readonly socket: Socket;
  cutBecause: ConnectionCut | undefined;

  constructor({ application_name: name = 'ephemetry', ...config }: pg.ClientConfig) {
    const socket = new Socket();
    const applicationName = `${name} ${randomBytes(4).toString('hex')}`;
    super({ ...config, application_name: applicationName, stream: () => socket });
    this.socket = socket;
    this.applicationName = applicationName;
    // A connection may break at any time, also while it is checked out. Whoever asks on it next is told.
    this.on('error', () => {});
  }

  override getStartupConf(): Readonly<Record<string, string>> {
    return { ...super.getStartupConf(), ...SESSION_SETTINGS };
  }

  cut(reason: ConnectionCut): void {
    this.cutBecause ??= reason;
    this.socket.destroy();
  }
}

/** Makes none yet. */
export function createConnections(options: ConnectionOptions): Connections {
  const { url, connectTimeoutMs, silenceLimitMs, applicationName, largeNumbers } = options;
  const config: pg.ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: applicationName,
    ...(largeNumbers === 'number' ? { types: LARGE_NUMBERS_AS_NUMBERS } : {}),
  };
  const open = new Set<CuttableClient>();
  class TrackedClient extends CuttableClient {
    constructor() {
      super(config);
      open.add(this);
      this.socket.once('close', () => open.delete(this));
    }
  }
  const askServer = createQuestion(() => new TrackedClient(), silenceLimitMs);
  const guard: Connections['guard'] = async (client, ask) => {
    const stopWatching = cutWhenSilent(client, silenceLimitMs, askServer);
    try {
      return await ask();
    } catch (error) {
      throw client.cutBecause ?? error;
    } finally {
      stopWatching();
    }
  };
  const pool = new pg.Pool({ ...config, max: POOL_SIZE, Client: TrackedClient });
  // An idle connection that the server closed: the pool replaces it, and the next query says if it cannot.
  pool.on('error', () => {});
  return {
    acquire: () => acquireGuarded(pool, options.schema, guard),
    end: () => pool.end(),
    single: () => new TrackedClient(),
    guard,
    cutAll: () => {
      for (const client of open) client.cut(new ConnectionCut('the connection was cut', 'ECONNABORTED'));
    },
  };
}

/** Each query is watched over; a connection that was cut does not come back. */
async function acquireGuarded(
  pool: pg.Pool,
  schema: string | undefined,
  guard: Connections['guard'],
): Promise<Connection> {
  const client = await pool.connect();
  if (!(client instanceof CuttableClient)) throw new TypeError('the pool made a client of its own');
  const query = <Row>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> =>
    guard(client, async () => changed(await runStatement(client, text, parameters)));
  return {
    query,
    script: async (text) => void (await query(text)),
    append: (table, columns) => appendColumns({ query }, schema, table, columns),
    release: () => client.release(client.cutBecause !== undefined),
  };
}

/**
 * A transaction's own settings travel with its begin, which costs no round trip. As startup parameters a pooler would
 * refuse them, and one that pools transactions would give the session to others. SET takes no snapshot, so what the
 * transaction sees is still decided by its first query.
 */
async function runStatement(
  client: CuttableClient,
  text: string,
  parameters: readonly unknown[],
): Promise<Answered> {
  if (!/^(begin|start transaction[^;]*)$/.test(text)) return ofOne(await client.query(text, [...parameters]));
  return ofOne(
    await client.query(`${text};
    set local idle_in_transaction_session_timeout = '${IDLE_TRANSACTION_LIMIT}';
    set local application_name = '${client.applicationName}'`),
  );
}

type Answered = Pick<pg.QueryResult, 'command' | 'rowCount' | 'rows'>;

/** Of a statement that changes rows: how many. */
function changed<Row>({ command, rowCount, rows }: Answered): QueryResult<Row> {
  const isChange = /^(INSERT|UPDATE|DELETE|MERGE)$/.test(command);
  return { rows, affectedRows: isChange ? (rowCount ?? 0) : undefined };
}

/** Of several statements in one message: the rows of each are the rows of the whole. */
function ofOne(result: pg.QueryResult | readonly pg.QueryResult[]): Answered {
  if (!isSeveral(result)) return result;
  return { command: 'SELECT', rowCount: result.length, rows: result.map(({ rows }) => rows) };
}

function isSeveral(result: pg.QueryResult | readonly pg.QueryResult[]): result is readonly pg.QueryResult[] {
  return Array.isArray(result);
}

/** What a server says of a session that does not answer. */
type Answer = 'working' | 'not-working' | 'unknown' | 'nobody';

/** Cuts a client from which nothing comes, unless the server says that it is at work. Returns the way to stop. */
function cutWhenSilent(
  client: CuttableClient,
  silenceLimitMs: number,
  askServer: (applicationName: string) => Promise<Answer>,
): () => void {
  let isAnswered = false;
  let timer: NodeJS.Timeout;
  const since = performance.now();
  const wait = (doubts: Readonly<Record<'not-working' | 'unknown', number>>): void => {
    timer = setTimeout(async () => {
      const answer = await askServer(client.applicationName);
      if (isAnswered) return;
      if (answer === 'working') return wait({ 'not-working': 0, unknown: 0 });
      const isSilent =
        answer === 'nobody' ||
        // Once it may have finished in between.
        (answer === 'not-working' && doubts['not-working'] > 0) ||
        (answer === 'unknown' && doubts.unknown >= UNANSWERED_QUESTIONS);
      if (!isSilent) return wait({ ...doubts, [answer]: doubts[answer] + 1 });
      const seconds = Math.round((performance.now() - since) / 1_000);
      const what =
        answer === 'not-working' ? 'the server is not running the query' : 'no other connection is answered';
      client.cut(new ConnectionCut(`no answer for ${seconds} s, and ${what}`, 'ETIMEDOUT'));
    }, silenceLimitMs);
  };
  wait({ 'not-working': 0, unknown: 0 });
  return () => {
    isAnswered = true;
    clearTimeout(timer);
  };
}

/** Asks over a connection of its own. A server that is there and refuses says nothing of the other session. */
function createQuestion(
  connect: () => CuttableClient,
  limitMs: number,
): (applicationName: string) => Promise<Answer> {
  return async (applicationName) => {
    const client = connect();
    let isConnected = false;
    const timer = setTimeout(() => client.socket.destroy(), 2 * limitMs);
    try {
      await client.connect();
      isConnected = true;
      const { rows } = await client.query(
        `select 1 from pg_stat_activity where starts_with(application_name, $1) and state in ('active', 'fastpath function call')`,
        [applicationName],
      );
      return rows.length > 0 ? 'working' : 'not-working';
    } catch (error) {
      const isRefused = error instanceof pg.DatabaseError;
      return isConnected || isRefused ? 'unknown' : 'nobody';
    } finally {
      clearTimeout(timer);
      client.end().catch(() => {});
      setTimeout(() => client.socket.destroy(), limitMs).unref();
    }
  };
}
