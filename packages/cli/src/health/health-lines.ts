/** A round for people: who is not up comes first. */
import type { RoundReport, TargetReading } from '@ephemetry/health';
import { type Column, textTable } from '../terminal/text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'TARGET', align: 'left' },
  { title: 'CLASS', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'TIME', align: 'right' },
  { title: 'CERTIFICATE', align: 'left' },
  { title: 'WHY', align: 'left' },
];

/** The state in one word, also of a target that has none. */
export function stateOf({ judgement }: TargetReading): string {
  return judgement.kind === 'judged' ? judgement.state : 'not measured';
}

const ORDER = ['down', 'unreachable', 'not measured', 'up'];

/** The table, the networks that are cut, and the sum. */
export function roundLines({ targets, networks }: RoundReport, nowUnixMs: number): readonly string[] {
  const sorted = targets.toSorted((a, b) => ORDER.indexOf(stateOf(a)) - ORDER.indexOf(stateOf(b)));
  const cut = networks.filter(({ isIsolated }) => isIsolated === true);
  return [
    ...textTable(
      COLUMNS,
      sorted.map((reading) => row(reading, nowUnixMs)),
    ),
    '',
    ...cut.map(({ network }) => `network ${network.name}: no witness answers, so it is cut for this machine`),
    summaryOf(targets),
  ];
}

/** `3 targets: 2 up, 1 down` */
export function summaryOf(targets: readonly TargetReading[]): string {
  const counts = ORDER.toReversed().flatMap((state) => {
    const count = targets.filter((reading) => stateOf(reading) === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${targets.length} ${targets.length === 1 ? 'target' : 'targets'}: ${counts.join(', ')}`;
}

/** One line for each target whose state is another than before; at first, for each that is not up. */
export function changeLines(
  { targets }: RoundReport,
  before: ReadonlyMap<string, string>,
): readonly string[] {
  return targets.flatMap((reading) => {
    const state = stateOf(reading);
    const { name } = reading.target;
    if (state === (before.get(name) ?? 'up')) return [];
    const { reason } = reading.judgement;
    return [`${name} is ${state}${reason === '' ? '' : `: ${reason}`}`];
  });
}

function row(reading: TargetReading, nowUnixMs: number): readonly string[] {
  const { target, facts, judgement } = reading;
  const isMeasured = judgement.kind === 'judged';
  return [
    target.name,
    target.class,
    stateOf(reading),
    isMeasured ? durationText(facts.seconds) : '-',
    certificateText(facts.certificateExpiryUnixSeconds, nowUnixMs),
    judgement.reason,
  ];
}

function durationText(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

const DAY_MS = 86_400_000;

function certificateText(expiryUnixSeconds: number | undefined, nowUnixMs: number): string {
  if (expiryUnixSeconds === undefined) return '-';
  const days = Math.floor((expiryUnixSeconds * 1000 - nowUnixMs) / DAY_MS);
  if (days < 0) return 'expired';
  return days === 1 ? '1 day left' : `${days} days left`;
}
