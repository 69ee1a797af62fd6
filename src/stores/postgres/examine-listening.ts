/**
 * Whether hints arrive: a notice sent the way the store sends its own must be heard on a connection that listens as the
 * store's do, and every living worker process should have one that listens.
 */
import { sleep, systemClock } from "../../core/clock.js";
import { type Finding, warning, well } from "../../core/finding.js";
import { type ListenClient, openListenClient } from "./driver.js";
import type { Ask, Examined } from "./examine.js";
import { channelOf } from "./hints.js";

const HEAR_MS = 3_000;

export async function examineListening({ driver, names, listenAt }: Examined, ask: Ask): Promise<Finding[]> {
  const check = "notices";
  if (listenAt === null) return [well(check, "Not asked for: changes elsewhere are noticed by polling.")];
  const channel = `${names.channel}_doctor`;
  const heard = await hears(listenAt, channel, () =>
    driver.run({ name: "notify", text: "select pg_notify($1, $2)" }, [channel, "probe"]),
  );
  const findings = [
    heard
      ? well(check, "A notice sent through the pool is heard on a connection that listens.")
      : warning(
          check,
          "A notice sent through the pool is not heard on a connection that listens: jobs start by polling only.",
          "Behind a transaction pooler give listenUrl, an address that leads to the server itself.",
        ),
  ];
  const silent = await deafWorkers(ask, names.channel, names.table("workers"));
  return silent === null ? findings : [...findings, silent];
}

async function hears(url: string, channel: string, notify: () => Promise<unknown>): Promise<boolean> {
  let client: ListenClient | null = null;
  try {
    client = await openListenClient(url);
    let heard = false;
    client.on("error", () => {});
    client.on("notification", () => (heard = true));
    await client.connect();
    await client.query(`listen "${channel}"`);
    await notify();
    for (const until = systemClock.monotonic() + HEAR_MS; !heard && systemClock.monotonic() < until; )
      await sleep(systemClock, 20);
    return heard;
  } catch {
    return false;
  } finally {
    await client?.end().catch(() => {});
  }
}

/** Null when the role may not see what others' connections do. */
async function deafWorkers(ask: Ask, channel: string, workers: string): Promise<Finding | null> {
  const check = "listeners";
  const rows = await ask(
    `
    select (select count(distinct (host, pid))::float8
              from ${workers}
             where seen_at > clock_timestamp() - lease_ms * interval '1 millisecond' and accepting) as processes,
           count(*) filter (where query like 'listen %' and query like '%"${channelOf(channel, "new")}"%')::float8 as listening,
           count(*) filter (where query = '<insufficient privilege>')::float8 as hidden
      from pg_catalog.pg_stat_activity
     where datname = current_database()`,
  );
  const { processes, listening, hidden } = rows[0]!;
  if (Number(hidden) > 0 && Number(listening) < Number(processes)) return null;
  const detail = `${Number(listening)} connections listen for ${Number(processes)} worker processes.`;
  if (Number(listening) >= Number(processes)) return well(check, detail);
  return warning(
    check,
    detail,
    "Workers without one start jobs by polling; look in their logs for trouble with listen.",
  );
}
