/**
 * The steps of the own tables from one version to the next. What has been released is never changed: a step is added. Each
 * statement ends with a semicolon at the end of a line.
 */
import type { Migration } from '@ephemetry/store';
import { BEFORE_EVERY_ID } from '../log/id-question.ts';

/** `own_version` of the position, for programs from before these steps: they refuse what is above theirs. */
const OWN_VERSION = 3;

/**
 * The tables as they were before steps had numbers. Whichever of its three forms there is (nothing, version 1, version 2)
 * becomes version 2. The position of version 1 says nothing here: without a `log_order` reading starts over, and the merges
 * that it counted are known. It skipped ids by the columns that are dropped, and must not go on beside us.
 */
const BEFORE_NUMBERS = `create table if not exists log_position (
  singleton boolean primary key default true check (singleton),
  merges bigint not null default 0,
  newest_created_at timestamptz,
  newest_event_id text,
  written_xid bigint not null,
  after_xid bigint not null default 0,
  after_created_at timestamptz not null default 'infinity',
  after_id text);
alter table log_position
  add column if not exists newest_event_id text,
  add column if not exists revision bigint not null default 0,
  add column if not exists log_order text,
  add column if not exists read_id bigint not null default ${BEFORE_EVERY_ID},
  add column if not exists seen_xid bigint,
  add column if not exists outbox_file bigint,
  add column if not exists noted_id bigint,
  add column if not exists noted_writers text[],
  add column if not exists own_version integer not null default 2,
  drop column if exists scan_after_id,
  drop column if exists next_scan_after_id,
  drop column if exists next_scan_xmax,
  drop column if exists next_scan_writers;
create table if not exists merge (
  work_item_id text primary key,
  ordinal bigint not null unique check (ordinal > 0),
  event_id text not null,
  project text not null,
  attempts integer not null check (attempts > 0),
  is_rebase_conflict boolean not null,
  merged_at text not null);
create index if not exists merge_project_ordinal on merge (project, ordinal);
create table if not exists quarantine (
  event_id text primary key,
  work_item_id text,
  reason text not null,
  detail text not null,
  quarantined_at timestamptz not null default now());
create index if not exists quarantine_work_item on quarantine (work_item_id);
create table if not exists analysis (
  configuration_version text primary key,
  ordinal bigint not null default 0,
  announced_ordinal bigint not null default 0,
  revision bigint not null default 0);
create table if not exists trigger_state (
  configuration_version text not null,
  scope text not null,
  rate text not null,
  state text not null check (state in ('low', 'high')),
  primary key (configuration_version, scope, rate));
create table if not exists crossing (
  rate text not null,
  scope text not null,
  direction text not null check (direction in ('up', 'down')),
  merge_event_id text not null,
  configuration_version text not null,
  primary key (rate, scope, direction, merge_event_id, configuration_version));`;

/**
 * One number stood for two files, and two pairs of files could have the same: each is noted by itself now, and each
 * partition. `rules` is what a configuration was folded by. Who reads in the order of transactions notes in `seen_xid`
 * up to which it went through the whole outbox.
 */
const FILES_AND_RULES = `alter table log_position
  drop column if exists outbox_file,
  add column if not exists outbox_files text[];
update log_position set own_version = ${OWN_VERSION}, log_order = null;
alter table log_position alter column own_version set default ${OWN_VERSION};
alter table analysis add column if not exists rules text;`;

/** All of them. */
export const OWN_MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'tables from before steps had numbers', sql: BEFORE_NUMBERS },
  { number: 2, name: 'files of the outbox, rules of a configuration', sql: FILES_AND_RULES },
];
