/** `waymark doctor`: looks for what is wrong around the jobs, and says what to do. */
import type { Finding } from "../../core/finding.js";
import { examine } from "../../doctor/doctor.js";
import { countText } from "../../explain/wording.js";
import type { Command, Context } from "../command.js";
import { EXIT } from "../errors.js";
import type { Style } from "../screen.js";
import { padEnd, wrap } from "../text.js";

export const doctor: Command = {
  name: "doctor",
  summary: "look for what is wrong around the jobs",
  args: [],
  about:
    "Looks at the store, its workers and its jobs: clocks, schema and indexes, durability, notices, dead rows, old snapshots, leases, waiting jobs that no worker takes. It only reads. Ends with 1 when something is worth a look; each such thing comes with advice.",
  options: {
    quiet: { type: "boolean", short: "q", about: "leave out what is well" },
  },
  run: async (context) => {
    const { store } = await context.open();
    const findings = await examine(store);
    const told = context.flag("quiet") ? findings.filter(({ level }) => level !== "ok") : findings;
    const bad = findings.filter(({ level }) => level !== "ok").length;
    if (context.json) await context.screen.json({ well: bad === 0, findings: told });
    else await print(context, told, bad);
    return bad === 0 ? EXIT.ok : EXIT.failed;
  },
};

const SIGNS: Readonly<Record<Finding["level"], { readonly text: string; readonly style: Style }>> = {
  ok: { text: "✔ ", style: "green" },
  warning: { text: "▲ ", style: "ochre" },
  problem: { text: "✖ ", style: "red" },
};

async function print({ screen }: Context, findings: readonly Finding[], bad: number): Promise<void> {
  const column = Math.max(0, ...findings.map(({ check }) => check.length)) + 2;
  for (const { check, level, detail, advice } of findings) {
    const [first = "", ...rest] = wrap(detail, screen.width - column - 2);
    await screen.line(SIGNS[level], padEnd(check, column), first);
    for (const line of rest) await screen.line(" ".repeat(column + 2), line);
    for (const line of advice === null ? [] : wrap(`→ ${advice}`, screen.width - column - 2))
      await screen.line(" ".repeat(column + 2), { text: line, style: "strong" });
  }
  if (findings.length > 0) await screen.line();
  await screen.line(bad === 0 ? "All well." : `${countText(bad, "thing")} worth a look.`);
}
