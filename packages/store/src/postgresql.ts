/** PostgreSQL alone, for programs that have its driver `pg` among their dependencies. */
export {
  type ConnectionFault,
  connectionFault,
  isConnectionLost,
  isLoginRefused,
  isStatementTimeout,
} from './postgresql/connection-fault.ts';
export type { Listener, Subscription } from './postgresql/listener.ts';
export {
  openPostgresql,
  type PostgresqlDatabase,
  type PostgresqlOptions,
} from './postgresql/open-postgresql.ts';
