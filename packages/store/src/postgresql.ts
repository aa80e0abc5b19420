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
  openPostgresqlDatabase,
  type PostgresqlDatabase,
  type PostgresqlDatabaseOptions,
} from './postgresql/open-postgresql-database.ts';
