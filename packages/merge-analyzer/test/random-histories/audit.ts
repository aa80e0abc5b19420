/** What the server itself notes of random traffic, and the gate at which it makes an insert wait. */

/** Held by us while inserts wait for it. */
export const GATE = 4711;

/** Writes down every event as it is when its transaction commits, with what its item says then; and the gate. */
export function auditOf(table: (name: string) => string): string {
  return `
    create table ${table('every_event')} (id bigint, work_item_id text, payload jsonb, item_then jsonb);
    create function ${table('note_event')}() returns trigger language plpgsql as $$ begin
      if new.kind not like 'metric.%' then
        insert into ${table('every_event')} select new.id, new.work_item_id, new.payload,
          (select jsonb_build_object('attempts', attempts, 'verdict', last_verdict, 'project', project)
            from ${table('work_items')} where id = new.work_item_id);
      end if;
      return null; end $$;
    create constraint trigger note_event after insert on ${table('events_outbox')} deferrable initially deferred
      for each row execute function ${table('note_event')}();
    create function ${table('wait_at_gate')}() returns trigger language plpgsql as $$ begin
      if new.kind = 'work_item.slow' then
        perform pg_advisory_lock_shared(${GATE});
        perform pg_advisory_unlock_shared(${GATE});
      end if;
      return new; end $$;
    create trigger wait_at_gate before insert on ${table('events_outbox')}
      for each row execute function ${table('wait_at_gate')}()`;
}
