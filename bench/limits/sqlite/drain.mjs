/** A hundred rows at a time: the last are ended and the next taken in one transaction, in one process. */
import { now, perSecond } from "../../lib/measure.mjs";
import { freshTable } from "./table.mjs";

const BATCH = 100;

export async function drainLimit({ place, sizes }) {
  return {
    "20,000, one process": await rate(place, sizes.drain),
    "100,000, one process": await rate(place, sizes.longDrain),
  };
}

async function rate(place, jobs) {
  const { database, add, together } = await freshTable(place);
  together(() => {
    for (let i = 0; i < jobs; i++) add("{}");
  });
  const take = database.prepare(
    `update job set state = 1 where id in (select id from job where state = 0 order by id limit ${BATCH})
     returning id, payload`,
  );
  const end = database.prepare("update job set state = 2, finished = ?, result = 'null' where id = ? and state = 1");
  const start = now();
  let taken = [];
  do {
    taken = together(() => {
      for (const { id } of taken) end.run(Date.now(), id);
      return take.all();
    });
  } while (taken.length > 0);
  return perSecond(jobs, now() - start);
}
