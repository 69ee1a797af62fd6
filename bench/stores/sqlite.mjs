/** The same of the SQLite store: see postgres.mjs. The measurement looks at the file through a connection of its own. */
import { rmSync, statSync } from "node:fs";
import { copiesOf } from "./copies.mjs";

/** Running ones, and those of each line: along their indexes, for a look must not walk past all that is finished. */
const UNFINISHED = `select ${["lease_expires_at is not null", ...[1, 2, 3, 4, 5].map((line) => `place = ${line}`)]
  .map((where) => `(select count(*) from waymark_jobs where ${where})`)
  .join(" + ")} + (
    select count(*)
      from waymark_lanes l cross join waymark_jobs j not indexed
     where j.id >= l.front and j.id < (l.lane + 1) << 40 and j.place = 6) as jobs`;

/** @param path  of a file of the measurement's own */
export function sqlitePlace(path, { storeOptions = {} } = {}) {
  let database = null;
  const open = async () => {
    if (database === null) {
      const { DatabaseSync } = process.getBuiltinModule?.("node:sqlite") ?? (await import("@photostructure/sqlite"));
      database = new DatabaseSync(path);
      database.exec("pragma busy_timeout = 10000");
    }
    return database;
  };
  const query = async (text, ...values) => (await open()).prepare(text).all(...values);
  const close = async () => {
    database?.close();
    database = null;
  };
  const checkpoint = () => query("pragma wal_checkpoint(truncate)");
  return {
    store: "sqlite",
    options: { store: `sqlite:${path}`, storeOptions },
    /** The measurement's own connection. */
    database: open,
    query,
    close,
    async empty() {
      await close();
      for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    },
    unfinished: async () => (await query(UNFINISHED))[0].jobs,
    settle: checkpoint,
    copyFinished: (jobId, count) => copyFinished(query, jobId, count),
    async size({ packed = false } = {}) {
      if (packed) await query("vacuum");
      await checkpoint();
      return statSync(path).size;
    },
    statements: async () => null,
  };
}

async function copyFinished(query, jobId, count) {
  const columns = await query(
    `select tables.name as "table", json_group_array(columns.name) as names, max(columns.name = 'job_id') as hasJob
       from pragma_table_list as tables, pragma_table_info(tables.name) as columns
      where tables.name like 'waymark!_%' escape '!' and tables.type = 'table'
        and not (columns.pk = 1 and columns.name = 'id' and columns.type = 'integer' collate nocase)
      group by tables.name`,
  );
  for (const { table, names } of columns.filter(({ hasJob }) => hasJob === 1)) {
    const { list, values } = copiesOf(JSON.parse(names), (head) => `printf('${head}%012x', n)`);
    await query(
      `with recursive copies (n) as (select 1 union all select n + 1 from copies where n < ${Number(count)})
       insert into "${table}" (${list}) select ${values} from copies, "${table}" where job_id = ?`,
      jobId,
    );
  }
  // The store keeps count of the jobs that were begun or have ended, by kind and queue. They were given the last numbers.
  await query(
    `update waymark_lanes set counted = counted + ${Number(count)}, front = (select max(id) + 1 from waymark_jobs)
      where (kind, queue) in (select kind, queue from waymark_jobs where job_id = ?)`,
    jobId,
  );
}
