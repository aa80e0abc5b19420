/** The page for programs in other languages that write the spool, with the numbers that drains go by. */
import { BATCH_LIMIT_BYTES, BATCH_SPLIT_BYTES } from '../src/batch-limit.ts';
import { BATCH_SEQUENCE } from '../src/resource.ts';
import { DEFAULT_SPOOL_LIMITS } from '../src/settings.ts';
import { FOREIGN_LEASE_MS } from '../src/spool/owner.ts';
import { type SpoolFileName, spoolFilePath } from '../src/spool/spool-file-name.ts';
import { PART_LIMIT_BYTES } from '../src/spool/spool-writer.ts';

const MIB = 1024 * 1024;
const NEW: SpoolFileName = {
  runId: '0f3c2b1a-5d4e-4f60-8a71-92b3c4d5e6f7',
  part: 1,
  owner: '4711-88123-1b9d6bcdsrg',
  deliveredBytes: 0,
};
const [HOUR_MS, MINUTE_MS] = [3_600_000, 60_000];

function name(change: Partial<SpoolFileName> = {}): string {
  return spoolFilePath('', { ...NEW, ...change });
}

/** The whole page in Markdown. */
export function renderSpoolReference(): string {
  const { bytes, files, ageMs } = DEFAULT_SPOOL_LIMITS;
  return `# The spool, for other languages

<!-- Generated from packages/exporter/scripts by \`pnpm generate\`. Edit the template there, not this page. -->

Any program can measure by writing a line into the spool: a few dozen lines of code, without an SDK, a thread or a connection. \`ephemetry drain\`, the next \`ephemetry run\` or any program with the exporter delivers it. This page says what a writer must do. [examples/python](../../examples/python/README.md) is one, in under 150 lines; how the spool behaves is in [its guide](../guide/spool.md).

## Version

This is version 1. Its file names carry no version. A later version ends its names with \`.v<version>.jsonl\`, and a drain of version 1 leaves those files alone and says how many there are. A writer of version 1 must write names as below and nothing more: what does not match is nobody's.

## Where

The first of these, as a directory: \`EPHEMETRY_SPOOL_DIR\`; \`ephemetry/spool\` in \`XDG_STATE_HOME\` if that is absolute; \`~/.local/state/ephemetry/spool\`. If one is named by the variable, a writer must take no other.

A writer must make missing levels with mode 0700. It must refuse the directory, and write nothing, when it is a symbolic link, belongs to another user, or can be written to by group or others; and when a level above it belongs to neither this user nor root, or can be written to by others without being sticky or root's.

## A file

| part of the name    | a writer writes                                                                       |
| ------------------- | ------------------------------------------------------------------------------------- |
| run id              | a random UUID in lower case, new for each process, and for each child after a fork    |
| part                | 1, then 2, 3 …                                                                        |
| owner               | who writes it, see below; \`free\` when nobody does                                     |
| delivered bytes     | 0                                                                                     |
| \`sent-<seconds>\`    | nothing: it is the mark of whoever delivers                                           |
| \`keep-<b>-<f>-<ms>\` | limits in bytes, files and milliseconds, where the defaults do not do; else nothing   |

\`\`\`text
create ─▶ ${name()}
close  ─▶ ${name({ owner: 'free' })}
drain  ─▶ ${name({ owner: '5120-97001-1b9d6bcdsrg', deliveredBytes: 1830 })}
\`\`\`

1. Create it with \`O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW\`, mode 0600 whatever the umask is, under a name whose owner is the writer itself. A file that is \`free\` from the start may be taken, and removed, before its first line is there.
2. Append each batch as one line in one \`write\`. When it fails or is short, cut the file back to where the line began: half a line would swallow the next one.
3. Then look at the number of links. When it is 0 a drain took the writer for dead and finished the file: write the line again, into the next part.
4. Start the next part when the file has ${PART_LIMIT_BYTES / MIB} MiB, and free the full one.
5. At the end, rename it so that its owner is \`free\`. That is a favour: without it a drain takes the file when the process is gone.

A writer must never rename, change or remove a file that it did not create, nor open one for writing again. It need not call \`fsync\`: what was written survives the process, not the machine.

## The owner

\`<pid>-<start time>-<namespace>\`, of the characters A-Z, a-z, 0-9 and \`-\`:

- start time: field 22 of \`/proc/self/stat\`, counted behind the last \`)\`; 0 where there is no \`/proc\`;
- namespace: the first 8 characters of \`/proc/sys/kernel/random/boot_id\`, then the inode of \`/proc/self/ns/pid\` in base 36; elsewhere the letters and digits of the host's name, 24 at most.

A drain takes a file when its owner is \`free\`, or a process of its own namespace that is gone, or of another one that has not changed the file for ${FOREIGN_LEASE_MS / MINUTE_MS} minutes.

## A line

One OTLP/JSON \`ExportMetricsServiceRequest\`, without line breaks, as [OTLP](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding) has it.

- Sums and histograms are deltas (\`aggregationTemporality\` 1), with \`startTimeUnixNano\` and \`timeUnixNano\`; what is refused is in [what is taken](what-is-taken.md).
- The resource has \`service.instance.id\`, the run id of the name, and \`${BATCH_SEQUENCE}\`, a whole number that no other batch of the run has. By these two a receiver knows a batch that comes again, and counts it once. The bytes of a batch must never change.
- \`service.name\` becomes the label \`job\`.
- In one batch each series has one point. Two with the same times are a repeat, and the second is dropped.
- A line has up to ${BATCH_SPLIT_BYTES / MIB} MiB. One above ${BATCH_LIMIT_BYTES / MIB} MiB is taken by no stage.

## Limits

A spool holds ${bytes / MIB} MiB and ${files} files, none of them older than ${ageMs / HOUR_MS} hours. The oldest go first, and drains count them; a writer removes nothing. A writer of many small files names higher limits in \`keep-\`.

## Is mine right?

The conformance test gives a program JSON lines on standard input, as \`ephemetry push -\` takes them. The program prints \`kept\` of each measurement that is on disk. The test kills it, fills its disk, takes its file away, runs it beside others, and holds what a drain delivers against what it said. In a clone of this repository, after \`npx -y pnpm@12 install\`, it is \`SPOOL_WRITER='python3 my_writer.py' npx -y pnpm@12 test test/spool-writers.test.ts\`.
`;
}
