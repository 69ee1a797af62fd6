/** The worker's side of latency.mjs, in a process of its own. */
import { given, serveAsChild } from "../../lib/child.mjs";
import { now } from "../../lib/measure.mjs";
import { connect } from "./tables.mjs";

const [ear, hand] = await connect(given().url, 2);
const take = {
  name: "take",
  text: `with taken as (delete from ready where id = any (array(
           select id from ready order by id for update skip locked limit 10)) returning id)
         select id, payload from taken join job using (id)`,
};
const end = {
  name: "end",
  text: "with made as (insert into ended (id) select unnest($1::bigint[]) returning id) select pg_notify('done', '') from made",
};
let turn = Promise.resolve();

ear.on("notification", () => {
  turn = turn.then(async () => {
    const { rows } = await hand.query(take);
    for (const { payload } of rows) process.send({ pickUp: now() - Number(payload) });
    if (rows.length > 0) await hand.query({ ...end, values: [rows.map(({ id }) => id)] });
  });
});
await ear.query("listen work");
serveAsChild(() => {});
