/** Runs a statement of which nothing is wanted but the texts of its rows. */
import type { PgClient, RawRow } from "./pg-types.js";
import { RawQuery, type RawStatement } from "./raw-query.js";
import { ShortWay } from "./short-way.js";

/** Of each client that was lent for a lone statement. */
const ways = new WeakMap<PgClient, ShortWay | null>();

/**
 * For a client that is lent for this statement alone.
 *
 * @throws what PostgreSQL said
 */
export function loneRawRows(client: PgClient, statement: RawStatement): Promise<RawRow[]> {
  let way = ways.get(client);
  if (way === undefined) {
    way = ShortWay.over(client);
    ways.set(client, way);
  }
  return way?.rows(statement) ?? rawRows(client, statement);
}

/** @throws what PostgreSQL said */
export function rawRows(client: PgClient, statement: RawStatement): Promise<RawRow[]> {
  return new Promise((resolve, reject) => {
    client.query(new RawQuery(statement, resolve, reject));
  });
}
