/**
 * What a measurement must know of Waymark's PostgreSQL store beyond the public API: to empty it, to count what is
 * unfinished, to put finished jobs there by the hundred thousand, to weigh it.
 */
import pg from "pg";
import { parentOf } from "../lib/cpu.mjs";
import { copiesOf } from "./copies.mjs";

/** @param url  of a database of the measurement's own */
export function postgresPlace(url, { storeOptions = {} } = {}) {
  let client = null;
  const query = async (text, values) => {
    if (client === null) {
      client = new pg.Client(url);
      // A fresh database takes the connection with it.
      client.on("error", () => {});
      await client.connect();
    }
    return (await client.query(text, values)).rows;
  };
  const close = async () => {
    await client?.end();
    client = null;
  };
  /** Whether pg_stat_statements counts; null while nobody has asked for it. */
  let counts = null;
  let looks = 0;
  return {
    store: "postgres",
    options: { store: url, storeOptions },
    query,
    close,
    /** Makes the database anew. */
    async empty() {
      await close();
      const name = new URL(url).pathname.slice(1);
      const admin = new pg.Client(Object.assign(new URL(url), { pathname: "/postgres" }).href);
      await admin.connect();
      await admin.query(`drop database if exists "${name}" with (force)`);
      await admin.query(`create database "${name}"`);
      await admin.end();
    },
    unfinished: async () => (await query("select count(*)::int as jobs from waymark.live"))[0].jobs,
    /** What autovacuum would have done by the time there are this many rows. */
    settle: () => query("vacuum analyze"),
    copyFinished: (jobId, count) => copyFinished(query, jobId, count),
    /** Bytes on disk; `packed`: as if the tables had just been written. */
    async size({ packed = false } = {}) {
      if (packed) await query("vacuum full");
      await query("checkpoint");
      return Number((await query("select pg_database_size(current_database()) as bytes"))[0].bytes);
    },
    /** Of the server's first process, when it runs on this machine; else null. */
    async serverPid() {
      const [{ pid, here }] = await query(
        "select pg_backend_pid() as pid, inet_server_addr() <<= '127.0.0.0/8' as here",
      );
      return here ? parentOf(pid) : null;
    },
    /** Has the statements of connections to come counted, where the server has pg_stat_statements and lets us. */
    async countStatements() {
      try {
        await query("create extension if not exists pg_stat_statements");
        await query("select 1 from pg_stat_statements limit 1");
        const name = new URL(url).pathname.slice(1);
        await query(`alter database "${name}" set pg_stat_statements.track = 'top'`);
        counts = true;
      } catch {
        counts = false;
      }
    },
    /** Statements of the database so far, but ours; where they are not counted, transactions, autovacuum's among them. */
    async statements() {
      if (counts) {
        const [row] = await query(
          `select coalesce(sum(s.calls), 0) as sum
             from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = current_database()`,
        );
        return Number(row.sum);
      }
      await query("select pg_stat_clear_snapshot()");
      const [row] = await query(
        "select xact_commit + xact_rollback as sum from pg_stat_database where datname = current_database()",
      );
      return Number(row.sum) - 2 * ++looks;
    },
  };
}

/** Multiplies one job that has really ended: whatever rows it has, wherever, each copy gets the like. */
async function copyFinished(query, jobId, count) {
  const columns = await query(
    `select table_name as "table", array_agg(column_name::text order by ordinal_position) as names
       from information_schema.columns
      where table_schema = 'waymark' and is_identity = 'NO'
      group by table_name
     having bool_or(column_name = 'job_id')`,
  );
  for (const { table, names } of columns) {
    const { list, values } = copiesOf(names, (head) => `('${head}' || lpad(to_hex(n), 12, '0'))::uuid`);
    await query(
      `insert into waymark."${table}" (${list})
       select ${values} from generate_series(1, ${Number(count)}) n, waymark."${table}" where job_id = $1`,
      [jobId],
    );
  }
}
