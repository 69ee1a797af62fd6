/**
 * The way from a process to the store, and what goes wrong on it: calls come late, fail, are applied twice (the second
 * time much later), answers get lost, and the whole way may be cut for a while. Hints come late or not at all.
 */
import { WaymarkError } from "../../src/core/errors.js";
import type { Hint, Store } from "../../src/core/store.js";
import type { Gate, SimClock } from "./sim-clock.js";

export interface Faults {
  /** False = every call passes at once. */
  active: boolean;
  /** Probabilities of each call. */
  readonly fails: number;
  readonly answerLost: number;
  readonly twice: number;
  readonly late: number;
  /** The longest a late call or answer takes, ms. */
  readonly latestMs: number;
  /** When a driver gives up waiting for a lost answer, ms. */
  readonly driverTimeoutMs: number;
}

const CALLS = [
  "enqueue",
  "claim",
  "start",
  "extend",
  "report",
  "settle",
  "callback",
  "callbacks",
  "sweep",
  "cancel",
  "retry",
  "purge",
  "remove",
  "read",
  "list",
  "counts",
  "trail",
  "logs",
  "tombstones",
  "pauseQueue",
  "resumeQueue",
  "queues",
  "workers",
  "saveKinds",
  "kinds",
  "learn",
  "learned",
] as const satisfies readonly (keyof Store)[];
type Call = (typeof CALLS)[number];
const READS: readonly Call[] = [
  "read",
  "list",
  "counts",
  "trail",
  "callbacks",
  "logs",
  "tombstones",
  "queues",
  "workers",
  "kinds",
  "learned",
];

/** The network of one process. */
export interface Link {
  /** True = nothing gets through, either way. */
  isCut: boolean;
}

export interface FaultyStoreOptions {
  readonly clock: SimClock;
  readonly gate: Gate;
  readonly faults: Faults;
  readonly link: Link;
  readonly onFault: (call: Call, fault: string) => void;
}

export function faultyStore(store: Store, { clock, gate, faults, link, onFault }: FaultyStoreOptions): Store {
  const after = (ms: number, run: () => void): void => void (ms <= 0 ? run() : clock.after(ms, run));
  const lateMs = (): number => (faults.active && clock.chance(faults.late) ? clock.between(0, faults.latestMs) : 0);
  const isHit = (probability: number): boolean => faults.active && clock.chance(probability);

  const pass = (call: Call, apply: () => Promise<unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (gate.state === "crashed") return;
      const unavailable = (problem: string): void => {
        onFault(call, problem);
        reject(new WaymarkError("store_unavailable", { problem }));
      };
      const giveUp = (problem: string): void => {
        clock.after(faults.driverTimeoutMs, () => gate.pass(false, () => unavailable(problem)));
      };
      after(lateMs(), () => {
        if (link.isCut) return giveUp("cut off");
        if (isHit(faults.fails)) return after(lateMs(), () => gate.pass(false, () => unavailable("refused")));
        const isLost = isHit(faults.answerLost);
        if (!READS.includes(call) && isHit(faults.twice)) {
          clock.after(clock.between(0, 4 * faults.latestMs), () => void apply().catch(() => {}));
        }
        void apply().then(
          (answer) => {
            if (isLost) return giveUp("answer lost");
            after(lateMs(), () => (link.isCut ? giveUp("answer cut off") : gate.pass(false, () => resolve(answer))));
          },
          (error: unknown) => gate.pass(false, () => reject(error)),
        );
      });
    });

  const calls = CALLS.map((call) => {
    const own = store[call] as (...args: unknown[]) => Promise<unknown>;
    return [call, (...args: unknown[]) => pass(call, () => own.apply(store, args))] as const;
  });
  return {
    ...(Object.fromEntries(calls) as unknown as Pick<Store, Call>),
    name: store.name,
    durable: store.durable,
    address: null,
    subscribe: (listener: (hint: Hint) => void) =>
      store.subscribe((hint) => {
        if (isHit(0.3)) return;
        after(lateMs(), () => {
          if (!link.isCut) gate.pass(false, () => listener(hint));
        });
      }),
    close: async () => {},
  };
}
