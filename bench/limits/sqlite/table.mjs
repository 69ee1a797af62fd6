/** The least that could be a job queue in SQLite: one table, one partial index. No trail, no keys, no fence. */
export async function freshTable(place) {
  await place.empty();
  const synchronous = place.options.storeOptions.synchronous ?? "FULL";
  await place.query("pragma journal_mode = wal");
  await place.query(`pragma synchronous = ${synchronous}`);
  await place.query(
    `create table job (id integer primary key, state integer not null default 0, name text not null,
       payload text not null, result text, created integer, finished integer)`,
  );
  await place.query("create index ready on job (id) where state = 0");
  const database = await place.database();
  const begin = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  const add = database.prepare("insert into job (name, payload, created) values ('bench', ?, ?)");
  return {
    database,
    add: (payload) => add.run(payload, Date.now()).lastInsertRowid,
    /** All that `work` does becomes durable together. */
    together(work) {
      begin.run();
      const made = work();
      commit.run();
      return made;
    },
  };
}
