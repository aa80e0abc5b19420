/**
 * Items as they are now against the facts: what they are from now on, and what happened. Pure, and the same item twice makes
 * nothing happen, so that whatever may have changed can be read again.
 *
 *     unknown ─▶ past (it was there before it could be seen)               nothing happened
 *             └▶ new                                                       opened, perhaps closed or merged
 *     open ─▶ closed ─▶ open        closed, reopened
 *          └▶ merged                merged, and how long it took
 */
import type { Item } from '../api/answers.ts';
import type { DispatchRule } from '../forge-repository.ts';
import type { ItemFact } from './facts.ts';
import type { ForgeEvent } from './forge-event.ts';

/** What items are held against. */
export interface ItemContext {
  readonly before: ReadonlyMap<number, ItemFact>;
  /** Whether one that is not known was there before: at the first collect that is everything. */
  readonly isPast: (item: Item) => boolean;
  readonly dispatch: DispatchRule | undefined;
  /** Whether the facts do not know what that rule hands over: it is read from the items anew. */
  readonly isRuleNew: boolean;
}

/** New facts, and what happened. */
export interface Comparison<Fact> {
  readonly facts: readonly Fact[];
  readonly events: readonly ForgeEvent[];
}

/** Compares items. */
export function compareItems(items: readonly Item[], context: ItemContext): Comparison<ItemFact> {
  const compared = items.map((item) => {
    const before = context.before.get(item.number);
    const isPast = before === undefined && context.isPast(item);
    const events = before === undefined ? (isPast ? [] : eventsOfNew(item)) : eventsBetween(before, item);
    return { fact: factOf(item, before, events, context), events };
  });
  return { facts: compared.map(({ fact }) => fact), events: compared.flatMap(({ events }) => events) };
}

function eventsOfNew(item: Item): readonly ForgeEvent[] {
  if (item.kind === 'issue') {
    return [{ kind: 'issue', event: 'opened' }, ...(item.isOpen ? [] : [CLOSED_ISSUE])];
  }
  return [{ kind: 'change', event: 'opened' }, ...(item.isOpen ? [] : endOfChange(item))];
}

const CLOSED_ISSUE: ForgeEvent = { kind: 'issue', event: 'closed' };
const REOPENED_ISSUE: ForgeEvent = { kind: 'issue', event: 'reopened' };

function eventsBetween(before: ItemFact, item: Item): readonly ForgeEvent[] {
  // Closed at another time than before: it was open in between.
  const isClosedAnew = !item.isOpen && (before.isOpen || item.closedMs !== before.closedMs);
  if (item.kind === 'change') {
    return before.mergedMs === undefined && (isClosedAnew || item.mergedMs !== undefined)
      ? endOfChange(item)
      : [];
  }
  const isReopened = !before.isOpen && (item.isOpen || isClosedAnew);
  return [...(isReopened ? [REOPENED_ISSUE] : []), ...(isClosedAnew ? [CLOSED_ISSUE] : [])];
}

function endOfChange({ mergedMs, createdMs }: Item): readonly ForgeEvent[] {
  if (mergedMs === undefined) return [{ kind: 'change', event: 'closed' }];
  if (createdMs === 0) return [{ kind: 'change', event: 'merged' }];
  // A clock that was set back in between.
  const seconds = Math.max(0, mergedMs - createdMs) / 1000;
  return [
    { kind: 'change', event: 'merged' },
    { kind: 'merge', seconds },
  ];
}

function factOf(
  item: Item,
  before: ItemFact | undefined,
  events: readonly ForgeEvent[],
  { dispatch, isRuleNew }: ItemContext,
): ItemFact {
  const { kind, number, createdMs, updatedMs, isOpen, closedMs, mergedMs } = item;
  const known = isRuleNew ? undefined : before;
  const handedOverMs = known?.handedOverMs ?? handedOverNow(item, known, dispatch);
  const reopenings = events.filter((event) => event === REOPENED_ISSUE).length;
  return {
    ...{ kind, number, createdMs, updatedMs, isOpen, closedMs, mergedMs, handedOverMs },
    reopenings: known?.handedOverMs === undefined ? 0 : known.reopenings + reopenings,
    hasFailureLabel: dispatch?.failureLabel !== undefined && item.labels.includes(dispatch.failureLabel),
  };
}

/**
 * Handing an issue over changes it, so of one that was known without it the last change was that, or came after it. Of one that
 * is new to us nothing but its creation is known.
 */
function handedOverNow(
  { kind, labels, assignees, updatedMs, createdMs }: Item,
  before: ItemFact | undefined,
  dispatch: DispatchRule | undefined,
): number | undefined {
  if (dispatch === undefined || kind !== 'issue') return undefined;
  const { label, assignee } = dispatch;
  const isHandedOver =
    (label !== undefined && labels.includes(label)) ||
    (assignee !== undefined && assignees.some((each) => each.toLowerCase() === assignee.toLowerCase()));
  if (!isHandedOver) return undefined;
  return before === undefined ? createdMs : updatedMs;
}
