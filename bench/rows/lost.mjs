/** What is lost between two ways that were measured by turns. */

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** @returns the mean of both, and the share of the first that the second lacks, in per cent */
export function lost(without, beside, labelWithout, labelBeside) {
  const whole = mean(without);
  const rest = mean(beside);
  return {
    [labelWithout]: Math.round(whole),
    [labelBeside]: Math.round(rest),
    "throughput lost": (1 - rest / whole) * 100,
  };
}
