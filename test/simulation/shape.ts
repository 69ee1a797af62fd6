/**
 * What one world is made of, drawn from its seed. Most worlds lack most things: a fault that needs two people who cancel
 * and a clock that jumps is found sooner where nothing else happens than where everything does.
 */
import type { WaymarkOptions } from "../../src/waymark.js";
import { DISASTERS, type Disaster, MISHAPS } from "./disasters.js";
import type { Faults } from "./faulty-store.js";
import { KINDS } from "./jobs.js";
import type { SimClock } from "./sim-clock.js";
import { DEEDS, type Deed } from "./user.js";

export interface Shape {
  /** Nothing fails, hangs or crashes here: then no lease is ever lost. */
  readonly isCalm: boolean;
  readonly faults: Faults;
  readonly retention: NonNullable<WaymarkOptions["retention"]>;
  readonly workers: number;
  /** How often somebody does something, and how often something goes wrong. */
  readonly actions: number;
  readonly disasters: number;
  /** Which of them occur here; the same one twice comes twice as often. */
  readonly kinds: readonly string[];
  readonly deeds: readonly Deed[];
  readonly disasterKinds: readonly Disaster[];
}

export function drawShape(clock: SimClock): Shape {
  const severity = clock.pick([0, 0.3, 1]);
  const isCalm = severity === 0 && clock.chance(0.5);
  const isLarge = clock.chance(0.2);
  const some = <T>(all: readonly T[]): T[] => {
    const drawn = all.filter(() => clock.chance(0.5));
    return drawn.length > 0 ? drawn : [clock.pick(all)];
  };
  return {
    isCalm,
    faults: {
      active: true,
      fails: 0.1 * severity,
      answerLost: 0.06 * severity,
      twice: 0.06 * severity,
      late: 0.3 * severity,
      latestMs: clock.pick([20, 500, 3_000]),
      driverTimeoutMs: clock.pick([100, 2_000, 12_000]),
    },
    retention: clock.chance(0.3) ? { default: "30s", every: "10s" } : {},
    workers: isLarge ? 3 : clock.whole(1, 2),
    actions: isLarge ? clock.whole(15, 40) : clock.whole(4, 14),
    disasters: severity === 0 ? clock.whole(0, 2) : isLarge ? clock.whole(1, 8) : clock.whole(1, 4),
    kinds: some(KINDS.map(({ kind }) => kind)),
    deeds: ["enqueue", "enqueue", ...some(DEEDS)],
    disasterKinds: some(isCalm ? MISHAPS : DISASTERS),
  };
}
