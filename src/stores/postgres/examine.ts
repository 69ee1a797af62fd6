/** `waymark doctor` on PostgreSQL: what only the server knows of its own health. It reads, and changes nothing. */
import { systemClock } from "../../core/clock.js";
import { type Finding, problem, warning, well } from "../../core/finding.js";
import type { Driver, Row } from "./driver.js";
import { examineSchema } from "./examine-catalog.js";
import { examineListening } from "./examine-listening.js";
import type { Names } from "./names.js";

const SKEW_WARNING_MS = 1_000;
const SKEW_PROBLEM_MS = 30_000;

/** From where on something is told; a test that makes a server ill makes it a little ill. */
export interface Bounds {
  /** Of one table, when they are more than the live ones as well. */
  readonly deadRows: number;
  readonly oldSnapshotS: number;
  /** Of the connections that the server allows. */
  readonly fullShare: number;
  readonly retainedBytes: number;
}
const BOUNDS: Bounds = { deadRows: 50_000, oldSnapshotS: 300, fullShare: 0.9, retainedBytes: 1_073_741_824 };

export interface Examined {
  readonly driver: Driver;
  readonly names: Names;
  /** Where to LISTEN; null when the store was told not to. */
  readonly listenAt: string | null;
}

export async function examine(examined: Examined, bounds: Bounds = BOUNDS): Promise<Finding[]> {
  const { driver, names } = examined;
  const ask = (sql: string, params: unknown[] = []): Promise<Row[]> =>
    driver.hold(async (connection) => (await connection.query(sql, params)).rows);
  return [
    await clock(ask),
    await examineSchema(driver, names),
    await durability(ask),
    ...(await examineListening(examined, ask)),
    await bloat(ask, names, bounds),
    await snapshots(ask, bounds),
    await connections(ask, bounds),
    await retainedLog(ask, bounds),
  ];
}

export type Ask = (sql: string, params?: unknown[]) => Promise<Row[]>;

async function clock(ask: Ask): Promise<Finding> {
  await ask("select 1");
  const askedAt = systemClock.now();
  const rows = await ask("select extract(epoch from clock_timestamp())::float8 * 1000 as now");
  const answeredAt = systemClock.now();
  const apartMs = Math.round(Math.abs(Number(rows[0]!["now"]) - (askedAt + answeredAt) / 2));
  const detail = `The clocks of the server and of this machine are ${apartMs.toLocaleString("en")} ms apart.`;
  if (apartMs <= SKEW_WARNING_MS) return well("clock", detail);
  const advice =
    "Have both keep time by NTP: leases go by the server's clock alone, but run times that producers name and logs do not.";
  return apartMs > SKEW_PROBLEM_MS ? problem("clock", detail, advice) : warning("clock", detail, advice);
}

async function durability(ask: Ask): Promise<Finding> {
  const rows = await ask(`
    select name, setting
      from pg_catalog.pg_settings
     where name in ('fsync', 'synchronous_commit', 'full_page_writes')`);
  const off = rows.filter(({ setting }) => setting === "off").map(({ name }) => String(name));
  const check = "durability";
  if (off.length === 0) return well(check, "A committed statement is on disk: fsync and synchronous_commit are on.");
  const advice = `Turn ${off.join(" and ")} on: with it off, a crash of the server may lose jobs that were acknowledged.`;
  return problem(check, `Switched off: ${off.join(", ")}.`, advice);
}

async function bloat(ask: Ask, { schema }: Names, { deadRows }: Bounds): Promise<Finding> {
  const rows = await ask(
    `
    select s.relname as name, s.n_dead_tup::float8 as dead, s.n_live_tup::float8 as live,
           'autovacuum_enabled=false' = any(c.reloptions) as barred
      from pg_catalog.pg_stat_user_tables s
      join pg_catalog.pg_class c on c.oid = s.relid
     where s.schemaname = $1`,
    [schema],
  );
  const check = "dead rows";
  const bad = rows.filter(({ dead, live }) => Number(dead) > deadRows && Number(dead) > Number(live));
  const barred = rows.filter((row) => row["barred"] === true);
  if (bad.length === 0 && barred.length === 0) return well(check, "Vacuum keeps up with every table.");
  const told = [
    ...bad.map(({ name, dead }) => `${String(name)} has ${Number(dead).toLocaleString("en")}`),
    ...barred.map(({ name }) => `${String(name)} is not vacuumed by itself`),
  ];
  const advice = `Run VACUUM on these tables of schema ${schema}, and see what keeps autovacuum from them: an old snapshot, or a setting.`;
  return warning(check, `${told.join("; ")}.`, advice);
}

/** What holds an old snapshot keeps vacuum from every row that died since. */
async function snapshots(ask: Ask, { oldSnapshotS }: Bounds): Promise<Finding> {
  const rows = await ask(
    `
    select 'process ' || pid as holder, extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
      from pg_catalog.pg_stat_activity
     where (backend_xmin is not null or backend_xid is not null) and pid <> pg_backend_pid()
       and xact_start < clock_timestamp() - $1::float8 * interval '1 second'
     union all
    select 'prepared transaction ' || gid, extract(epoch from clock_timestamp() - prepared)::float8
      from pg_catalog.pg_prepared_xacts
     where prepared < clock_timestamp() - $1::float8 * interval '1 second'
     order by seconds desc
     limit 5`,
    [oldSnapshotS],
  );
  const check = "old snapshots";
  if (rows.length === 0) return well(check, "No transaction is open for more than 5 minutes.");
  const told = rows.map(({ holder, seconds }) => `${String(holder)} since ${Math.round(Number(seconds) / 60)} min`);
  const advice =
    "End it (pg_terminate_backend, rollback prepared), and set idle_in_transaction_session_timeout: vacuum waits for it, and claims slow down.";
  return warning(check, `Open: ${told.join(", ")}.`, advice);
}

async function connections(ask: Ask, { fullShare }: Bounds): Promise<Finding> {
  const rows = await ask(`
    select count(*)::float8 as used, current_setting('max_connections')::float8 as most
      from pg_catalog.pg_stat_activity
     where backend_type = 'client backend'`);
  const [used, most] = [Number(rows[0]!["used"]), Number(rows[0]!["most"])];
  const detail = `${used} of ${most} connections are in use.`;
  if (used < most * fullShare) return well("connections", detail);
  return warning(
    "connections",
    detail,
    "Lower maxConnections of the stores, or put a pooler in between: the next process may get none.",
  );
}

async function retainedLog(ask: Ask, { retainedBytes }: Bounds): Promise<Finding> {
  const rows = await ask(`
    select slot_name as name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as bytes
      from pg_catalog.pg_replication_slots
     where not pg_is_in_recovery() and not active and restart_lsn is not null`);
  const check = "write-ahead log";
  const bad = rows.filter(({ bytes }) => Number(bytes) > retainedBytes);
  if (bad.length === 0) return well(check, "No abandoned replication slot holds it back.");
  const told = bad.map(({ name, bytes }) => `${String(name)} holds ${(Number(bytes) / 1e9).toFixed(1)} GB`);
  return warning(
    check,
    `Slots that nobody reads: ${told.join(", ")}.`,
    "Drop them, or start their readers: the disk fills up.",
  );
}
