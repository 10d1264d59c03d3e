/**
 * Who may be called now, so that a receiver that is slow or dead keeps no other waiting.
 *
 * A receiver that answers within a second is quick; one that takes longer is slow; one whose call failed after more than that is silent, and
 * so counts a call for as long as it is open for more than a second. Each kind has slots of its own and, within them, each receiver an
 * allowance; slots are given in turn. All calls together are bounded, whatever the number of receivers.
 */

const KINDS = ['quick', 'unknown', 'slow', 'silent'] as const;
type Kind = (typeof KINDS)[number];

/** A call that takes longer holds up whoever waits behind it. */
export const SLOW_MS = 1_000;
/** Calls of each kind at once. */
const SLOTS = 50;
/** Of one receiver. A silent one is called by one at a time, until it answers. */
const ALLOWANCES: Readonly<Record<Kind, number>> = { quick: 10, unknown: 2, slow: 4, silent: 1 };
/** All calls at once; only receivers of which nothing is known have to wait for it. Each holds a body and a connection, about 30 kB. */
export const MAX_CALLS = 250;
/** Receivers that are remembered beside those that are called; about 100 bytes each. */
const MAX_REMEMBERED = 5_000;

export interface EndedCall {
  /** Its receiver has answered, whatever it said. */
  readonly isAnswered: boolean;
  readonly tookMs: number;
}

interface Call {
  readonly kind: Kind;
  readonly beganAt: number;
}

interface Receiver {
  readonly calls: Set<Call>;
  /** What its last call has shown. */
  shown: Kind;
}

export class CallSlots {
  readonly #receivers = new Map<string, Receiver>();
  /** Who was given a slot last. */
  #last = '';

  /**
   * How many calls to begin for which of these receivers, which all have something to be told. Those that are left out have to wait.
   *
   * @param due sorted
   */
  plan(due: readonly string[], now: number): ReadonlyMap<string, number> {
    const rooms = this.#rooms(now);
    const given = new Map<string, number>();
    const from = due.findIndex((name) => name > this.#last);
    const inTurn = from <= 0 ? due : [...due.slice(from), ...due.slice(0, from)];
    for (let round = 0; round < ALLOWANCES.quick; round += 1) {
      for (const name of inTurn) {
        const receiver = this.#receivers.get(name);
        const kind = kindOf(receiver, now);
        const calls = (receiver?.calls.size ?? 0) + (given.get(name) ?? 0);
        if (rooms[kind] <= 0 || calls >= ALLOWANCES[kind]) continue;
        rooms[kind] -= 1;
        given.set(name, (given.get(name) ?? 0) + 1);
        if (round === 0) this.#last = name;
      }
    }
    return given;
  }

  /** Takes a slot. @returns what gives it back */
  begin(name: string, now: number): (ended: EndedCall) => void {
    const receiver = this.#receivers.get(name) ?? { calls: new Set(), shown: 'unknown' };
    const call: Call = { kind: kindOf(receiver, now), beganAt: now };
    receiver.calls.add(call);
    // Anew, since those that were called longest ago are forgotten first.
    this.#receivers.delete(name);
    this.#receivers.set(name, receiver);
    this.#forgetSome();
    return ({ tookMs, isAnswered }) => {
      receiver.calls.delete(call);
      receiver.shown = tookMs < SLOW_MS ? 'quick' : isAnswered ? 'slow' : 'silent';
    };
  }

  #rooms(now: number): Record<Kind, number> {
    const rooms: Record<Kind, number> = { quick: SLOTS, unknown: SLOTS, slow: SLOTS, silent: SLOTS };
    let calls = 0;
    for (const receiver of this.#receivers.values()) {
      for (const call of receiver.calls) {
        calls += 1;
        rooms[call.kind !== 'slow' && isLong(call, now) ? 'silent' : call.kind] -= 1;
      }
    }
    return { ...rooms, unknown: Math.min(rooms.unknown, MAX_CALLS - calls) };
  }

  #forgetSome(): void {
    for (const [name, { calls }] of this.#receivers) {
      if (this.#receivers.size <= MAX_REMEMBERED) return;
      if (calls.size === 0) this.#receivers.delete(name);
    }
  }
}

function kindOf(receiver: Receiver | undefined, now: number): Kind {
  if (receiver === undefined) return 'unknown';
  const isHeld = receiver.shown !== 'slow' && [...receiver.calls].some((call) => isLong(call, now));
  return isHeld ? 'silent' : receiver.shown;
}

function isLong({ beganAt }: Call, now: number): boolean {
  return now - beganAt >= SLOW_MS;
}
