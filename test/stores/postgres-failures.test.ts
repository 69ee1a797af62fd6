/** What each SQLSTATE means to a caller: the table in words, and the same from a real server that raises it. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode, WaymarkError } from "../../src/core/errors.js";
import type { Store } from "../../src/core/store.js";
import { isBroken, isTransient, typed } from "../../src/stores/postgres/failures.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const failure = (code: string | undefined, message = "secret 4711 in detail"): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code, detail: "secret 4711" });

const MEANINGS: readonly (readonly [states: string, code: ErrorCode, broken: boolean, words: RegExp])[] = [
  ["57P01", "store_unavailable", true, /shutting down/],
  ["57P02", "store_unavailable", true, /crashed/],
  ["57P03", "store_unavailable", true, /no connections yet/],
  ["57P05 25P03", "store_unavailable", true, /ended the connection/],
  ["08000 08001 08003 08006", "store_unavailable", true, /connection to .* failed/],
  ["ECONNREFUSED ECONNRESET ETIMEDOUT EPIPE ENOTFOUND EAI_AGAIN", "store_unavailable", true, /connection to .* failed/],
  ["25006", "store_unavailable", true, /read-only/],
  ["40001 40P01", "store_unavailable", false, /gave way/],
  ["57014", "store_unavailable", false, /too long/],
  ["55P03", "store_unavailable", false, /lock/],
  ["53300", "store_unavailable", false, /no connection left/],
  ["53200", "store_unavailable", false, /out of memory/],
  ["58030 XX000 0A000 53400", "store_unavailable", false, /./],
  ["53100", "storage_full", false, /disk/],
  ["28000 28P01", "store_refused", false, /refused the login/],
  ["3D000", "store_refused", false, /no database of that name/],
  ["42501", "store_refused", false, /lacks a right/],
  ["42P01 42703 3F000", "store_refused", false, /waymark migrate/],
  ["26000 42P05", "store_refused", false, /prepare: false/],
  ["XX001 XX002", "store_refused", false, /damaged/],
  ["22P02 23514 42601 54000", "store_refused", false, /SQLSTATE/],
  ["ERR_TLS_CERT_ALTNAME_INVALID DEPTH_ZERO_SELF_SIGNED_CERT", "store_refused", false, /no safe connection/],
  ["ERR_INVALID_URL", "store_refused", false, /is no URL/],
];

describe("P3 every error of PostgreSQL has one meaning, a sentence to act on, and no data of anybody's", () => {
  it.each(MEANINGS)("%s is %s", (states, code, broken, words) => {
    for (const state of states.split(" ")) {
      const error = typed(failure(state), "db.example:5432") as WaymarkError;
      expect([state, error.code]).toEqual([state, code]);
      expect(error.message, state).toMatch(words);
      expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain("4711");
      expect([state, isBroken(failure(state))]).toEqual([state, broken]);
    }
  });

  it("only a serialization failure and a deadlock are tried again at once", () => {
    const states = MEANINGS.flatMap(([each]) => each.split(" "));
    expect(states.filter((state) => isTransient(failure(state)))).toEqual(["40001", "40P01"]);
  });

  it.each([
    ["Connection terminated unexpectedly", "store_unavailable", true],
    ["Query read timeout", "store_unavailable", true],
    ["timeout exceeded when trying to connect", "store_unavailable", true],
    ["SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", "store_refused", false],
    ["The server does not support SSL connections", "store_refused", false],
  ])("the driver's own %j", (message, code, broken) => {
    expect(typed(failure(undefined, message))).toMatchObject({ code });
    expect(isBroken(failure(undefined, message))).toBe(broken);
  });

  it("what is no error of PostgreSQL comes back as it was", () => {
    const bug = new TypeError("x is not a function");
    expect(typed(bug)).toBe(bug);
    expect(typed("a text")).toBe("a text");
  });
});

describe("the same from a real server", () => {
  const admin = new pg.Client(postgresUrl());
  const opened: Store[] = [];
  beforeAll(() => admin.connect());
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await admin.end();
    await dropSchemas();
  });

  /** A store in a schema that is there already, with settings of the session as a role or a server may have them. */
  const open = async (schema: string, settings = "", migrate: "auto" | "off" = "auto"): Promise<Store> => {
    const url = new URL(postgresUrl());
    if (settings !== "") url.searchParams.set("options", settings);
    const store = await postgresStore({ url: url.href, schema, maxConnections: 2, listen: false, migrate });
    opened.push(store);
    return store;
  };
  const enqueueing = async (store: Store): Promise<unknown> => {
    const job = new World(store, new FakeClock()).newJob();
    try {
      await store.enqueue([job]);
      return "enqueued";
    } catch (error) {
      return error;
    }
  };

  it.each([
    ["53100", "storage_full"],
    ["53200", "store_unavailable"],
    ["58030", "store_unavailable"],
    ["XX002", "store_refused"],
  ])("SQLSTATE %s while writing is %s; nothing was written, and the next call works", async (state, code) => {
    const schema = schemaName();
    const store = await open(schema);
    await admin.query(`
      create function "${schema}".fail() returns trigger language plpgsql
        as $$ begin raise exception 'canary-7731' using errcode = '${state}'; end $$;
      create trigger fail before insert on "${schema}".jobs execute function "${schema}".fail()`);
    const error = (await enqueueing(store)) as WaymarkError;
    expect(error).toMatchObject({ code, cause: { code: state } });
    expect(error.message).not.toContain("canary");
    await admin.query(`drop trigger fail on "${schema}".jobs`);
    expect((await store.counts({})).pending).toBe(0);
    expect(await enqueueing(store)).toBe("enqueued");
  });

  it("25006: a server that turned read-only is unavailable, and the connections to it are not used again", async () => {
    const schema = schemaName();
    await open(schema);
    const role = `${schema}_standby`;
    await admin.query(`
      create role ${role} login superuser password 'standby';
      alter role ${role} set default_transaction_read_only = on`);
    try {
      const url = Object.assign(new URL(postgresUrl()), { username: role, password: "standby" }).href;
      const store = await postgresStore({ url, schema, maxConnections: 1, listen: false, migrate: "off" });
      opened.push(store);
      expect(await enqueueing(store)).toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("read-only"),
      });
      // The session that was read-only stays so: only a new one can write.
      await admin.query(`alter role ${role} reset default_transaction_read_only`);
      expect(await enqueueing(store)).toBe("enqueued");
      await store.close();
    } finally {
      await admin.query(`drop role ${role}`);
    }
  });

  it("55P03: a lock that is not free in time is unavailable", async () => {
    const schema = schemaName();
    await open(schema);
    const store = await open(schema, "-c lock_timeout=50", "off");
    await admin.query(`begin; lock table "${schema}".jobs in access exclusive mode`);
    try {
      expect(await enqueueing(store)).toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("lock"),
      });
    } finally {
      await admin.query("rollback");
    }
    expect(await enqueueing(store)).toBe("enqueued");
  });

  it("53300: a role without a connection left is unavailable, and says what to lower", async () => {
    const schema = schemaName();
    const role = `${schema}_few`;
    await admin.query(`create role ${role} login password 'few' connection limit 0`);
    try {
      const url = Object.assign(new URL(postgresUrl()), { username: role, password: "few" }).href;
      await expect(
        postgresStore({ url, schema, migrate: "off" }).then((store) => store.counts({})),
      ).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("maxConnections"),
      });
    } finally {
      await admin.query(`drop role ${role}`);
    }
  });
});
