/**
 * The contract of `Store`, as tests. Every store runs all of it; an exemption must say why, and its reason is printed.
 *
 * Readings that the words of the contract leave open, and the suite (or a shared rule in core) settles:
 *   – Instants: due when now ≥ runAt; out of time when now ≥ expiresAt; a lease is over when now ≥ leaseExpiresAt. The
 *     instant of a change is never before the job's last change, even when the wall clock went back.
 *   – Enqueue asks in this order: idempotency key (`known`), id (`exists`), unique key (`duplicate`), room (`full`). A
 *     `runAt` that is not in the future makes the job pending with `scheduledAt: null`. Keys belong to an owner; jobs
 *     without an owner share one scope. An idempotency key is held until the job is purged.
 *   – `status`, `from` and `to` are as written; only `list` and `counts` answer by the status as it reads.
 *   – `error` and `errorDetail` are set exactly while the job is failed or retrying; `result` exactly while completed.
 *   – `progress` belongs to the newest attempt: null from a claim, release, snooze or manual retry until the next report,
 *     kept as it stood in retrying and in every ending; 100 % once completed (null when nothing was ever reported).
 *   – `updatedAt` moves with every row of the trail and with every reported stage or progress; not with a heartbeat, not
 *     with log lines alone, not with a refused or replayed call.
 *   – `startedAt` stays after the attempt and through a manual retry; `firstStartedAt` is never reset.
 *   – Release keeps `runAt` (the job keeps its place in line). A lost job that may go on is due at once.
 *   – A holder's ending sets `lostCount` to 0, giving back does not: poison is three losses in a row. Poison goes before "attempts used up".
 *   – Release and snooze while cancel is asked end cancelled by `fail_cancel`. So no waiting job has a cancel request.
 *   – Every cancel keeps the first time it was asked in `cancelRequestedAt`; a manual retry clears it.
 *   – The row of force cancel (like every ending) carries the fence it ends; the job's fence is one higher.
 *   – A settlement repeated with its own fence is `replayed` even when a newer fence rules. See core/settle-rules.ts.
 *   – A manual retry grants the time to live of the enqueue anew: expiresAt = now + expiresInMs. A repeated request key answers
 *     `replayed` whatever became of the job since. The checks go: unknown, repeated, illegal, error, generations, unique.
 *   – Cancel and retry of a purged job answer `notFound`; remove answers `replayed`; settle answers `lost`.
 *   – Report: percent is the highest told, null takes nothing back; `stage` clears done, total and message only when it
 *     names another stage, before the rest of the same report is applied.
 *   – `nextDueInMs` is about what this request could claim: jobs of paused queues or full keys do not make it 0.
 *   – `start` is illegal for a job that is not recorded; run time, pauses, limits and expiry do not hold it back.
 *   – A concurrency key is shared by all owners, kinds and queues; every processing job with it holds a slot.
 *     The newest enqueue decides its limit; whether one that was refused (a duplicate) counts too is left open.
 *   – `liveWorkers` counts workers that accept work. `ahead` counts due jobs, blocked ones too; recorded ones never. The view
 *     "info" may leave out `ahead`, `keyHolders` and `payloadBytes` while nobody is told of them.
 *   – Callbacks: an ending told by a callback is a holder's ending. A `started` that is applied moves the lease and nothing
 *     else, not even `updatedAt`. Refused callbacks are not remembered, so their ids stay free.
 *   – `stageStartedAt` is set while processing in a stage; naming the same stage again keeps it.
 *   – Durations: equal cells of one call are added up, `learned` may answer in any order, and a period that lies in the
 *     future (a clock was set back) is 0 days old.
 *   – Sweep rescues first, then expires. A retention rule with both limits lets go of a job that exceeds either.
 *   – Pausing a paused queue keeps the first time and actor.
 */
import { describe, it } from "vitest";
import type { Store } from "../../core/store.js";
import { FakeClock } from "../fake-clock.js";
import { callbacksTheme } from "./callbacks.js";
import { claimsTheme } from "./claims.js";
import { controlsTheme } from "./controls.js";
import { durationsTheme } from "./durations.js";
import { enqueuesTheme } from "./enqueues.js";
import { fencesTheme } from "./fences.js";
import { houseTheme } from "./house.js";
import { movesTheme } from "./moves.js";
import { progressTheme } from "./progress.js";
import { readsTheme } from "./reads.js";
import { retentionTheme } from "./retention.js";
import { textsTheme } from "./texts.js";
import { trailsTheme } from "./trails.js";
import { type Rule, World } from "./world.js";

/** Opens a new, empty store that takes its time from `clock`. */
export type OpenStore = (clock: FakeClock) => Promise<Store>;

/**
 * Registers the suite with Vitest.
 *
 * @param exempt  titles of rules that this store cannot keep, each with the reason
 */
export function testStore(name: string, open: OpenStore, exempt: Readonly<Record<string, string>> = {}): void {
  describe(`${name} store`, () => {
    const rule: Rule = (title, test) => {
      const reason = exempt[title];
      if (reason !== undefined) {
        it.skip(`${title} (exempt: ${reason})`, () => {});
        return;
      }
      it(title, async () => {
        const clock = new FakeClock();
        const store = await open(clock);
        try {
          await test(new World(store, clock));
        } finally {
          await store.close();
        }
      });
    };
    for (const theme of THEMES) theme(rule);
  });
}

const THEMES: readonly ((rule: Rule) => void)[] = [
  enqueuesTheme,
  claimsTheme,
  movesTheme,
  fencesTheme,
  callbacksTheme,
  controlsTheme,
  retentionTheme,
  progressTheme,
  durationsTheme,
  readsTheme,
  trailsTheme,
  houseTheme,
  textsTheme,
];
