/** The axis of a chart: round numbers that hold the values, a few of them written beside it. */
import { figure } from "../../words.js";

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Round values from low to high. */
  readonly ticks: readonly number[];
  /** Where a value stands, from 0 at the top to 100 at the bottom. */
  down(value: number): number;
  write(value: number): string;
}

/** @param fromZero  bars show amounts, so their axis holds the zero; lines and points show places */
export function scaleOf(values: readonly number[], fromZero: boolean): Scale {
  const known = values.filter(Number.isFinite);
  const least = known.reduce((a, b) => Math.min(a, b), fromZero ? 0 : (known[0] ?? 0));
  const most = known.reduce((a, b) => Math.max(a, b), fromZero ? 0 : (known[0] ?? 1));
  const step = roundStep((most - least || Math.abs(most) || 1) / 4);
  const low = Math.floor(least / step) * step;
  const steps = Math.max(1, Math.ceil((most - low) / step - 1e-9));
  const high = low + steps * step;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    low,
    high,
    ticks: Array.from({ length: steps + 1 }, (_, i) => low + i * step),
    down: (value) => Number((100 * (1 - (value - low) / (high - low))).toFixed(2)),
    write: (value) => short(value, decimals),
  };
}

/** The next of 1, 2, 5, 10 … that is not less. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** An axis has little room: 20,000 becomes "20k". */
function short(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(0);
  for (const [unit, sign] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const) {
    const by = sign === "k" ? 1e3 : unit;
    if (size >= unit) return `${figure(value / by, value % by === 0 ? 0 : 1)}${sign}`;
  }
  return figure(value, decimals);
}
