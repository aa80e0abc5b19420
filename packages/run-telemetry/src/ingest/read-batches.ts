/** A stream of events, or a document of another tool, into batches. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { AgentEvent } from '../event/agent-event.ts';
import { payloadText } from '../event/event-text.ts';
import { LINE_LIMIT_BYTES, lengthFault, parseEvent } from '../event/parse-event.ts';
import { type ReadEvents, type RefusedEvent, readEvents } from '../event/read-events.ts';
import { type CutLine, cutLines } from './cut-lines.ts';
import { type EventBatch, REFUSED_LIMIT } from './event-batch.ts';
import { EventRedactor } from './redact-event.ts';

/** What is said of all runs of a source. */
export interface SourceOptions {
  /** The file, or `-`. */
  readonly source: string;
  /** Of runs that name none. */
  readonly project?: string | undefined;
  /** Of runs that do not have the same tag. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What success is taken from where runs do not say it, as `parseSuccessRule` reads it. */
  readonly successRule?: string | undefined;
}

/** Events in one transaction: more take memory, fewer take time for each. */
const BATCH_EVENTS = 50_000;
/** Of their lines: 50,000 events of 64 KiB are 3 GB. */
const BATCH_CHARACTERS = 32 * 1024 * 1024;
/** A document of another tool is read as a whole. */
const DOCUMENT_LIMIT_BYTES = 256 * 1024 * 1024;

/** A source that cannot be read. */
export class UnreadableSource extends Error {
  override readonly name = 'UnreadableSource';
}

/**
 * Reads a source. Lines that are wrong are named in their batch, the others count.
 *
 * @throws UnreadableSource for a document that is too large
 */
export async function* readBatches(
  chunks: AsyncIterable<Uint8Array>,
  options: SourceOptions,
): AsyncGenerator<EventBatch> {
  const batch = new BatchWriter(options);
  const document: string[] = [];
  let documentBytes = 0;
  let isDocument: boolean | undefined;
  const limit = (): number => (isDocument === false ? LINE_LIMIT_BYTES : DOCUMENT_LIMIT_BYTES);
  for await (const lines of cutLines(chunks, limit)) {
    isDocument ??= beginsDocument(lines);
    if (isDocument !== true) {
      for (const line of lines) batch.addLine(line);
      if (batch.isFull) yield batch.take();
      continue;
    }
    for (const { text } of lines) {
      document.push(text);
      documentBytes += text.length + 1;
    }
    if (documentBytes > DOCUMENT_LIMIT_BYTES)
      throw new UnreadableSource(
        `${options.source} has more than ${DOCUMENT_LIMIT_BYTES} bytes, and does not begin with an event; allowed are lines of events, or a smaller document`,
      );
  }
  if (isDocument === true) yield* batch.addAll(readEvents(document.join('\n'), fileOf(options.source)));
  if (!batch.isEmpty) yield batch.take();
}

/** What equal documents are told apart by; standard input has no name. */
function fileOf(source: string): string | undefined {
  return source === '-' ? undefined : basename(source);
}

/**
 * Whether the first line that says anything is the beginning of a document; undefined where none says anything. A line that was cut
 * off in front begins no document: the log of a program begins with one when it was rotated.
 */
function beginsDocument(lines: readonly CutLine[]): boolean | undefined {
  const first = lines.find(({ text }) => text.trim() !== '')?.text;
  return first === undefined ? undefined : /^\s*[[{]/.test(first) && !isEvent(first);
}

/** Whether a line is an event, right or wrong. */
function isEvent(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && ('run_id' in value || 'event_type' in value);
  } catch {
    return false;
  }
}

class BatchWriter {
  readonly #options: SourceOptions;
  #events: AgentEvent[] = [];
  #refused: RefusedEvent[] = [];
  #refusedCount = 0;
  #characters = 0;
  readonly #redactor = new EventRedactor();

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#events.length >= BATCH_EVENTS || this.#characters >= BATCH_CHARACTERS;
  }

  get isEmpty(): boolean {
    return this.#events.length + this.#refusedCount === 0;
  }

  addLine({ number, text, bytes }: CutLine): void {
    if (text.trim() === '') return;
    const tooLong = lengthFault(bytes);
    if (tooLong !== undefined) {
      this.#refuse({ line: number, ...tooLong });
      return;
    }
    const parsed = parseEvent(text);
    if (parsed.kind === 'event') this.#add(parsed.event, text.length);
    else this.#refuse({ line: number, ...parsed.fault });
  }

  /** What does not fit into this batch is in the ones that it gives. */
  *addAll({ events, refused }: ReadEvents): Generator<EventBatch> {
    for (const each of refused) this.#refuse(each);
    for (const event of events) {
      this.#add(event, payloadText(event).length);
      if (this.isFull) yield this.take();
    }
  }

  take(): EventBatch {
    const { source, successRule, project, tags = {} } = this.#options;
    const batch: EventBatch = {
      id: `${Date.now()}-${randomUUID()}`,
      source,
      successRule,
      events: this.#events.map((event) => this.#redactor.redact(withDefaults(event, project, tags))),
      refused: this.#refused,
      refusedCount: this.#refusedCount,
      secrets: this.#redactor.takeSecrets(),
    };
    this.#events = [];
    this.#refused = [];
    this.#refusedCount = 0;
    this.#characters = 0;
    return batch;
  }

  #add(event: AgentEvent, characters: number): void {
    this.#events.push(event);
    this.#characters += characters;
  }

  #refuse(fault: RefusedEvent): void {
    this.#refusedCount += 1;
    if (this.#refused.length < REFUSED_LIMIT) this.#refused.push(fault);
  }
}

/** What a run says itself stays. */
function withDefaults(
  event: AgentEvent,
  project: string | undefined,
  tags: Readonly<Record<string, string>>,
): AgentEvent {
  const isStart = event.type === 'run.started' || event.type === 'run.queued';
  if (!isStart || (project === undefined && Object.keys(tags).length === 0)) return event;
  const fields = new Map(event.fields);
  if (project !== undefined && !fields.has('project')) fields.set('project', project);
  const own = fields.get('tags');
  const said = typeof own === 'object' ? own : {};
  if (Object.keys(tags).length > 0) fields.set('tags', { ...tags, ...said });
  return { ...event, fields };
}
