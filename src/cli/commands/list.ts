/** `waymark list`: jobs, newest first, page by page. */
import type { JobStatus } from "../../core/lifecycle.js";
import { instantText } from "../../explain/wording.js";
import type { ListOptions } from "../../tracker.js";
import type { Command, Context } from "../command.js";
import { EXIT } from "../errors.js";
import { printTable } from "../table.js";
import { briefOf, signOf } from "../words.js";

const PAGE = 20;

export const list: Command = {
  name: "list",
  summary: "list jobs, newest first",
  args: [],
  about: "Lists jobs, newest first. Pages go by key: what --cursor takes is printed below a page that is not the last.",
  options: {
    status: {
      type: "string",
      multiple: true,
      value: "STATUS",
      about: "scheduled, pending, processing, retrying, completed, failed, cancelled or expired; several with commas",
    },
    kind: { type: "string", value: "KIND", about: "jobs of this kind only" },
    queue: { type: "string", value: "QUEUE", about: "jobs of this queue only" },
    owner: { type: "string", value: "OWNER", about: "jobs of this owner only" },
    limit: { type: "string", value: "N", about: `jobs on a page, 1 to 200 (default ${PAGE})` },
    cursor: { type: "string", value: "CURSOR", about: "go on where the page before ended" },
  },
  run: async (context) => {
    const waymark = await context.open();
    const page = await waymark.tracker.list(queryOf(context));
    const { screen, json } = context;
    if (json) {
      await screen.json(page);
      return EXIT.ok;
    }
    if (page.jobs.length === 0) {
      await screen.line("No job matches.");
      return EXIT.ok;
    }
    const place = { now: context.clock.now() };
    await printTable(
      screen,
      [{ head: "JOB", whole: true }, { head: "STATUS" }, { head: "KIND" }, { head: "ENQUEUED", whole: true }],
      page.jobs.map((info) => [
        info.jobId,
        { ...signOf(info), text: `${signOf(info).text} ${briefOf(info)}` },
        info.kind,
        instantText(info.createdAt.getTime(), place),
      ]),
    );
    if (page.nextCursor !== null) {
      await screen.line({ text: `More: add --cursor ${page.nextCursor}`, style: "quiet" });
    }
    return EXIT.ok;
  },
};

function queryOf(context: Context): ListOptions {
  const statuses = context.texts("status") as JobStatus[];
  const [kind, queue, owner, cursor] = ["kind", "queue", "owner", "cursor"].map(context.text);
  return {
    limit: context.wholeNumber("limit", 1) ?? PAGE,
    ...(statuses.length === 0 ? {} : { status: statuses }),
    ...(kind === undefined ? {} : { kind }),
    ...(queue === undefined ? {} : { queue }),
    ...(owner === undefined ? {} : { owner }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
