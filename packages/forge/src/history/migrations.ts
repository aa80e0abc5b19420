/** The tables of a collector. What has been released is never changed. */
import type { Migration } from '@ephemetry/store';

const TABLES = `
create table repository (
  name text primary key,
  server text not null,
  forge_id bigint not null,
  revision bigint not null,
  filled_number bigint not null,
  filled_run_id bigint,
  newest_run_id bigint not null,
  watermark_ms bigint,
  forge_now_ms bigint not null,
  collected_ms bigint not null,
  has_issues integer not null,
  has_changes integer not null,
  has_runs integer not null
);
create table item (
  repository text not null references repository (name) on delete cascade,
  number bigint not null,
  kind text not null,
  created_ms bigint not null,
  updated_ms bigint not null,
  is_open integer not null,
  closed_ms bigint,
  merged_ms bigint,
  handed_over_ms bigint,
  reopenings integer not null,
  has_failure_label integer not null,
  primary key (repository, number)
);
create index item_closed on item (repository, is_open, closed_ms);
create table run (
  repository text not null references repository (name) on delete cascade,
  id bigint not null,
  workflow text not null,
  state text not null,
  result text,
  started_ms bigint,
  completed_ms bigint,
  primary key (repository, id)
);
create table total (
  metric text not null,
  labels text not null,
  total text not null,
  primary key (metric, labels)
);
create table batch (
  id text primary key,
  made_ms bigint not null,
  measurements text not null
);
`;

const RULE_AND_UNLISTED = `
alter table repository add column dispatch_rule text;
alter table repository add column unlisted bigint not null default 0;
`;

const STAGED = `
create table staged_item (
  staging text not null,
  reading integer not null,
  repository text not null,
  number bigint not null,
  kind text not null,
  created_ms bigint not null,
  updated_ms bigint not null,
  is_open integer not null,
  closed_ms bigint,
  merged_ms bigint,
  handed_over_ms bigint,
  reopenings integer not null,
  has_failure_label integer not null,
  primary key (staging, number)
);
create table staged_run (
  staging text not null,
  reading integer not null,
  repository text not null,
  id bigint not null,
  workflow text not null,
  state text not null,
  result text,
  started_ms bigint,
  completed_ms bigint,
  primary key (staging, id)
);
`;

/** Everything that is kept. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'facts, totals and batches', sql: TABLES },
  { number: 2, name: 'the dispatch rule, and what is counted and not listed', sql: RULE_AND_UNLISTED },
  { number: 3, name: 'pages of a first collect', sql: STAGED },
];
