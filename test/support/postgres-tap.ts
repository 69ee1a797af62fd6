/** What a store sends to PostgreSQL, by name: for tests that count it. */
import type pg from "pg";

type Send = (query: string | { readonly name?: string }) => Promise<unknown>;

/** The statements of the store are named `waymark_NAME_…`; what has no name goes by its first word. */
function nameOf(query: string | { readonly name?: string }): string {
  return typeof query === "string" ? query.split(" ", 1)[0]! : (query.name?.split("_")[1] ?? "");
}

/**
 * Tells the name of each statement that goes through the pool or through a connection which the pool lends, in their order.
 */
export function tapStatements(pool: pg.Pool, tell: (name: string) => void): void {
  const tap = (target: { query: unknown }): (() => void) => {
    const { query } = target;
    const send = (query as Send).bind(target);
    Object.assign(target, {
      query: (config: Parameters<Send>[0]) => {
        tell(nameOf(config));
        return send(config);
      },
    });
    return () => Object.assign(target, { query });
  };
  tap(pool);
  const connect = pool.connect.bind(pool);
  const lend = async (): Promise<pg.PoolClient> => {
    const client = await connect();
    const untap = tap(client);
    const release = client.release.bind(client);
    client.release = (error) => {
      untap();
      client.release = release;
      release(error);
    };
    return client;
  };
  // The pool itself asks with a function, for what it was told to send: that has been counted.
  Object.assign(pool, {
    connect: (told?: Parameters<typeof connect>[0]) => (told === undefined ? lend() : connect(told)),
  });
}
