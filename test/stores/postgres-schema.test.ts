/** How the PostgreSQL store comes by its schema, under what names, and with which rights. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isWaymarkError, type WaymarkError } from "../../src/core/errors.js";
import type { Store } from "../../src/core/store.js";
import { postgresMigrations, postgresStore, printPostgresMigrations } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const LATEST = postgresMigrations().length;
const admin = new pg.Client(postgresUrl());
const open: Store[] = [];
const keep = async (opening: Promise<Store>): Promise<Store> => {
  const store = await opening;
  open.push(store);
  return store;
};

beforeAll(() => admin.connect());
afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  await admin.end();
  await dropSchemas();
});

describe("migrations", () => {
  it("eight stores that open at once make the schema once, and all of them work", async () => {
    const schema = schemaName();
    const opening = Array.from({ length: 8 }, () =>
      keep(postgresStore({ url: postgresUrl(), schema, maxConnections: 2 })),
    );
    const stores = await Promise.all(opening);
    const versions = await admin.query(`select version from "${schema}".migrations`);
    expect(versions.rows).toEqual(postgresMigrations().map(({ version }) => ({ version })));
    for (const store of stores) expect(await new World(store, new FakeClock()).add()).toBeTypeOf("string");
  });

  it("check refuses a schema that is not there and makes none", async () => {
    const schema = schemaName();
    const refused = await postgresStore({ url: postgresUrl(), schema, migrate: "check" }).catch(
      (error: unknown) => error,
    );
    expect(isWaymarkError(refused, "schema_outdated")).toBe(true);
    expect(refused).toMatchObject({ details: { found: 0, needed: LATEST } });
    const { rows } = await admin.query("select to_regnamespace($1) as there", [schema]);
    expect(rows).toEqual([{ there: null }]);
  });

  it("a schema of a later release is refused", async () => {
    const schema = schemaName();
    await keep(postgresStore({ url: postgresUrl(), schema }));
    await admin.query(`insert into "${schema}".migrations (version) values (99)`);
    for (const migrate of ["auto", "check"] as const) {
      const refused = await postgresStore({ url: postgresUrl(), schema, migrate }).catch((error: unknown) => error);
      expect(isWaymarkError(refused, "schema_too_new")).toBe(true);
    }
  });

  it("off trusts the schema unread, and says what is missing when it is used", async () => {
    const store = await keep(postgresStore({ url: postgresUrl(), schema: schemaName(), migrate: "off" }));
    await expect(store.counts({})).rejects.toMatchObject({
      code: "store_refused",
      message: expect.stringMatching(/waymark migrate\.$/),
    });
  });

  it("the printed script makes a schema that check accepts", async () => {
    const schema = schemaName();
    await admin.query(printPostgresMigrations(schema, "p_"));
    const store = await keep(postgresStore({ url: postgresUrl(), schema, prefix: "p_", migrate: "check" }));
    expect(await new World(store, new FakeClock()).add()).toBeTypeOf("string");
    expect(printPostgresMigrations(schema, "p_", LATEST)).toBe("");
  });

  it.each(postgresMigrations().slice(0, -1))(
    "a schema of version $version is brought up to date and keeps its jobs",
    async ({ version }) => {
      const schema = schemaName();
      for (const { sql } of postgresMigrations(schema).slice(0, version)) await admin.query(sql);
      const before = await keep(postgresStore({ url: postgresUrl(), schema, migrate: "off" }));
      const jobId = await new World(before, new FakeClock()).add();
      const store = await keep(postgresStore({ url: postgresUrl(), schema }));
      const world = new World(store, new FakeClock());
      const held = await world.claimOne();
      expect(held.jobId).toBe(jobId);
      expect(await world.report(held, { stage: "a", percent: 10 })).toBe("held");
      expect(await world.read(jobId)).toMatchObject({ status: "processing", progress: { stage: "a" } });
    },
  );

  it("Q3 a role without rights to create works with check and off, and cannot create", async () => {
    const schema = schemaName();
    const role = `${schema}_run`;
    await keep(postgresStore({ url: postgresUrl(), schema }));
    await admin.query(`create role ${role} login password 'run'`);
    try {
      await admin.query(`grant usage on schema "${schema}" to ${role}`);
      await admin.query(`grant select, insert, update, delete on all tables in schema "${schema}" to ${role}`);
      const url = new URL(postgresUrl());
      url.username = role;
      url.password = "run";
      for (const migrate of ["auto", "check", "off"] as const) {
        const store = await keep(postgresStore({ url: url.href, schema, migrate }));
        const world = new World(store, new FakeClock());
        const job = await world.running();
        await world.report(job, { percent: 50, logs: [{ message: "halfway", fields: null }] });
        await world.settle(job, { type: "completed", result: null });
        expect(await world.status(job.jobId)).toBe("completed");
        expect(await world.remove(job.jobId)).toEqual({ answer: "done", status: "completed" });
        await store.close();
      }
      const own = new pg.Client(url.href);
      await own.connect();
      await expect(own.query(`create table "${schema}".mine (a int)`)).rejects.toMatchObject({ code: "42501" });
      await own.end();
    } finally {
      await admin.query(`drop owned by ${role}`);
      await admin.query(`drop role ${role}`);
    }
  });
});

describe("names", () => {
  const unsafe = ["", "Upper", "1st", 'a"; drop schema public; --', "a b", "a-b", "ä", "x".repeat(49)];
  it.each(unsafe)("Q1 refuses the schema %j", async (schema) => {
    const refused = await postgresStore({ url: postgresUrl(), schema }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "invalid_option", details: { option: "schema" } });
  });

  it("Q1 refuses an unsafe prefix", async () => {
    const refused = await postgresStore({ url: postgresUrl(), prefix: 'a"b' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "invalid_option", details: { option: "prefix" } });
  });

  it("Q1 the longest names work, and two prefixes in one schema do not see each other", async () => {
    const schema = schemaName().padEnd(48, "_");
    const [a, b] = await Promise.all(
      ["a".repeat(48), `${"a".repeat(47)}b`].map(async (prefix) =>
        keep(postgresStore({ url: postgresUrl(), schema, prefix })),
      ),
    );
    try {
      await new World(a!, new FakeClock()).add();
      expect((await a!.counts({})).pending).toBe(1);
      expect((await b!.counts({})).pending).toBe(0);
    } finally {
      await admin.query(`drop schema "${schema}" cascade`);
    }
  });

  it("Q2 works whatever the search path of the role is", async () => {
    const url = new URL(postgresUrl());
    url.searchParams.set("options", "-c search_path=pg_temp");
    const store = await keep(postgresStore({ url: url.href, schema: schemaName() }));
    expect(await new World(store, new FakeClock()).running()).toMatchObject({ fence: 1 });
  });
});

describe("options", () => {
  it("wants either a url or a pool", async () => {
    for (const options of [{}, { url: postgresUrl(), pool: new pg.Pool() as never }]) {
      await expect(postgresStore(options)).rejects.toMatchObject({ code: "invalid_option" });
    }
  });

  it("says how to open it elsewhere when it was made from a url, in plain data", async () => {
    const schema = schemaName();
    const store = await keep(postgresStore({ url: postgresUrl(), schema, listen: false, clock: new FakeClock() }));
    const address = structuredClone(store.address);
    const options = { schema, listen: false, migrate: "off", statementTimeoutMs: 8_000 };
    expect(address).toEqual({ url: postgresUrl(), options });
    const again = await keep(postgresStore({ url: address!.url, ...address!.options }));
    expect(await again.queues()).toEqual([]);
  });

  it("works on a pool of the caller's, and leaves it open", async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl(), max: 3 });
    try {
      const store = await postgresStore({ pool, schema: schemaName() });
      expect(store.address).toBeNull();
      const world = new World(store, new FakeClock());
      const job = await world.running();
      expect(await world.settle(job, { type: "completed", result: null })).toMatchObject({ answer: "settled" });
      await store.close();
      expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    } finally {
      await pool.end();
    }
  });

  it("works without prepared statements", async () => {
    const store = await keep(
      postgresStore({ url: postgresUrl(), schema: schemaName(), prepare: false, listen: false }),
    );
    const world = new World(store, new FakeClock());
    const job = await world.running();
    expect(await world.settle(job, { type: "completed", result: "1" })).toMatchObject({ answer: "settled" });
    expect(await world.read(job.jobId)).toMatchObject({ status: "completed", result: "1" });
  });

  it("an unreachable server is told as such, without the server's words", async () => {
    const refused = postgresStore({ url: "postgres://user:secret@127.0.0.1:1/none" });
    await expect(refused).rejects.toMatchObject({
      code: "store_unavailable",
      message: "The store did not answer: the connection to PostgreSQL at 127.0.0.1:1 failed. Try again shortly.",
    });
  });

  it("what somebody must mend is told as such, names the server but no password, and does not say to try again", async () => {
    const schema = schemaName();
    await keep(postgresStore({ url: postgresUrl(), schema }));
    const server = new URL(postgresUrl()).host;
    const role = `${schema}_bare`;
    await admin.query(`create role ${role} login password 'bare-secret'`);
    try {
      const to = (change: (url: URL) => void): string => {
        const url = new URL(postgresUrl());
        change(url);
        return url.href;
      };
      const cases: readonly (readonly [string, string])[] = [
        [
          to((url) => Object.assign(url, { username: role, password: "wrong-secret" })),
          `PostgreSQL at ${server} refused the login`,
        ],
        [
          to((url) => Object.assign(url, { pathname: "/nowhere" })),
          `PostgreSQL at ${server} has no database of that name`,
        ],
        [to((url) => Object.assign(url, { username: role, password: "bare-secret" })), "the role lacks a right"],
      ];
      for (const [url, problem] of cases) {
        const refused = await postgresStore({ url, schema }).then(
          () => null,
          (error: unknown) => error,
        );
        expect(refused).toMatchObject({ code: "store_refused", httpStatus: 500 });
        const told = `${(refused as Error).message} ${JSON.stringify((refused as WaymarkError).details)}`;
        expect(told).toContain(problem);
        expect(told).not.toMatch(/secret|again/);
      }
    } finally {
      await admin.query(`drop role ${role}`);
    }
  });

  it.each([
    { migrate: "always" },
    { maxConnections: 0 },
    { maxConnections: "10" },
    { statementTimeoutMs: 3e9 },
    { statementTimeoutMs: "30s" },
    { listen: "no" },
    { prepare: 1 },
  ])("refuses %j by the name of the option", async (wrong) => {
    const [option] = Object.keys(wrong);
    const refused = postgresStore({ url: postgresUrl(), schema: schemaName(), ...(wrong as object) });
    await expect(refused).rejects.toMatchObject({ code: "invalid_option", details: { option } });
  });
});
