/**
 * The least that could be a job queue in PostgreSQL: a row per job, a narrow row for each that waits, a row for each that
 * has ended. No trail, no keys, no fence; what Waymark's figures are held against.
 */
import pg from "pg";

/** Connections in which the tables are fresh. @returns as many clients as asked for */
export async function freshTables(place, connections = 1) {
  await place.empty();
  const clients = await connect(place.options.store, connections);
  await clients[0].query(`
    create table job (id bigint generated always as identity primary key, name text not null, payload text not null,
      created timestamptz not null default now());
    create table ready (id bigint primary key);
    create table ended (id bigint primary key, result text, at timestamptz not null default now())`);
  return clients;
}

export function connect(url, connections = 1) {
  return Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client(url);
      // A database that is dropped takes its connections with it.
      client.on("error", () => {});
      await client.connect();
      return client;
    }),
  );
}

/** One statement inserts them all, and tells their ids. */
export async function insert(client, payloads) {
  const { rows } = await client.query({
    name: "insert",
    text: `with made as (insert into job (name, payload) select 'bench', p from unnest($1::text[]) p returning id),
                line as (insert into ready select id from made)
           select id from made`,
    values: [payloads],
    rowMode: "array",
  });
  return rows.map(([id]) => id);
}

/** Ends what was taken before and takes the next, in one statement. */
export async function settleAndTake(client, done, count) {
  const { rows } = await client.query({
    name: "settle-and-take",
    text: `with finished as (insert into ended (id, result) select id, 'null' from unnest($1::bigint[]) id),
                taken as (delete from ready where id = any (array(
                  select id from ready order by id for update skip locked limit $2)) returning id)
           select taken.id, payload from taken join job using (id)`,
    values: [done, count],
    rowMode: "array",
  });
  return rows.map(([id]) => id);
}
