/** What the PostgreSQL store must not cost: rows that are not needed, tables that are not meant, pages nobody reads. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/core/job.js";
import type { Store } from "../../src/core/store.js";
import { namesOf } from "../../src/stores/postgres/names.js";
import { type StatementName, statementsFor } from "../../src/stores/postgres/sql.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { WORKER } from "../../src/testing/store-suite/reads.js";
import { COMPLETED, failed, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const admin = new pg.Client(postgresUrl());
let schema = "";
let store: Store;
let world: World;

beforeAll(() => admin.connect());
beforeEach(async () => {
  schema = schemaName();
  store = await postgresStore({ url: postgresUrl(), schema, listen: false });
  world = new World(store, new FakeClock());
});
afterEach(() => store.close());
afterAll(async () => {
  await admin.end();
  await dropSchemas();
});

const rowsOf = async (text: string) => (await admin.query(text.replaceAll("@", `"${schema}".`))).rows;

describe("the plain path", () => {
  it("A8 writes no row of the trail, and the trail is whole all the same", async () => {
    const job = await world.running();
    await world.settle(job, COMPLETED);
    expect(await rowsOf("select * from @events")).toEqual([]);
    expect(await world.events(job.jobId)).toEqual(["enqueue", "claim", "complete"]);
  });

  it("leaves out of an ending what a plain job has like all others, and tells it all the same", async () => {
    const job = await world.running();
    await world.settle(job, { type: "completed", result: null });
    const kept = "select key from @ended e, jsonb_each(to_jsonb(e)) where value <> 'null' order by key";
    expect((await rowsOf(kept)).map(({ key }) => key)).toEqual(["finished_at", "job_id", "started_at", "worker_id"]);
    const [told] = await store.read({ jobIds: [job.jobId], view: "full" });
    const record = told as JobRecord;
    expect(record).toMatchObject({ attempt: 1, generation: 1, fence: 1, seq: 3, lostCount: 0 });
    expect(record.runAt).toBe(record.createdAt);
    expect(record.firstStartedAt).toBe(record.startedAt);
    expect(record.updatedAt).toBe(record.finishedAt);
  });

  it("an ending takes less than eighty bytes, and its places in the indexes less than that; what its job came in with takes 85", async () => {
    await store.enqueue(Array.from({ length: 1_000 }, () => world.newJob()));
    const workerId = "k3x09ab";
    const { jobs } = await store.claim({ workerId, kinds: ["kind"], queues: null, limit: 1_000, leaseMs: 30_000 });
    await store.settle(
      jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: { type: "completed", result: null } as const })),
    );
    const [{ row, index }] = await rowsOf(`
      select pg_relation_size('"${schema}".ended') / 1000.0 as row, pg_indexes_size('"${schema}".ended') / 1000.0 as index`);
    expect(Number(row)).toBeLessThan(80);
    expect(Number(index)).toBeLessThan(75);
    const [job] = await rowsOf(`select pg_relation_size('"${schema}".jobs') / 1000.0 as row`);
    expect(Number(job.row)).toBeLessThan(85);
  });

  it("a job that waits and is claimed leaves less than 170 bytes in the table of what waits, whatever its lane is called", async () => {
    const lane = { kind: "a kind with a long name", queue: "a queue with a long name" };
    await store.enqueue(Array.from({ length: 1_000 }, () => world.newJob(lane)));
    const waiting =
      "select key from (select * from @live limit 1) l, jsonb_each(to_jsonb(l)) where value <> 'null' order by key";
    const four = ["job_id", "lane_id", "priority", "run_at"];
    expect((await rowsOf(waiting)).map(({ key }) => key)).toEqual(four);
    const request = { workerId: "k3x09ab", kinds: [lane.kind], queues: null, limit: 1_000, leaseMs: 30_000 };
    expect((await store.claim(request)).jobs).toHaveLength(1_000);
    const three = ["lease_expires_at", "started_at", "worker_id"];
    expect((await rowsOf(waiting)).map(({ key }) => key)).toEqual([...four, ...three].sort());
    const [{ row, place }] = await rowsOf(`
      select pg_relation_size('"${schema}".live') / 1000.0 as row, pg_relation_size('"${schema}".live_ready') / 1000.0 as place`);
    expect(Number(row)).toBeLessThan(170);
    expect(Number(place)).toBeLessThan(75);
  });

  it("each table of the plain path has one check, short because the server reads it anew for every statement, and it bites", async () => {
    const checks = await rowsOf(`
      select conrelid::regclass::text as table, length(conbin::text) as size from pg_constraint
       where contype = 'c' and conrelid in ('@jobs'::regclass, '@live'::regclass, '@ended'::regclass)`);
    expect(checks).toHaveLength(3);
    for (const { size } of checks) expect(Number(size)).toBeLessThan(4_000);
    const job = await world.running();
    const running = ["worker_id = null", "lease_expires_at = null", "status = 'retrying'", "line = 'later'"];
    const waiting = ["status = 'completed'", "line = 'held'", "line = 'nowhere'"];
    const waits = (broken: string): string => `worker_id = null, lease_expires_at = null, ${broken}`;
    for (const broken of [...running, ...waiting.map(waits)]) {
      await expect(rowsOf(`update @live set ${broken}`)).rejects.toThrow("check constraint");
    }
    await world.settle(job, COMPLETED);
    for (const broken of ["status = 'failed'", "status = 'done'", "status = 'cancelled', result = '1'"]) {
      await expect(rowsOf(`update @ended set ${broken}`)).rejects.toThrow("check constraint");
    }
    await expect(rowsOf("update @jobs set max_attempts = 0")).rejects.toThrow("check constraint");
  });

  it("an attempt that ends differently writes two rows: its claim and its end", async () => {
    const job = await world.running();
    await world.settle(job, failed());
    expect((await rowsOf("select event from @events order by seq")).map(({ event }) => event)).toEqual([
      "claim",
      "fail",
    ]);
  });

  it("writes the row of the job once, whatever becomes of the job", async () => {
    const job = await world.running({ payload: JSON.stringify("x".repeat(2_000)) });
    const versions = () => rowsOf("select ctid::text, xmin::text, xmax::text from @jobs");
    const before = await versions();
    await world.report(job, { percent: 10, stage: "a" });
    await world.extend(job);
    await world.settle(job, failed({ retryInMs: 0 }));
    const again = await world.claimOne();
    await world.settle(again, COMPLETED);
    expect(await versions()).toEqual(before);
  });

  it("leaves nothing of a finished job in the table that claims search", async () => {
    const job = await world.running();
    expect(await rowsOf("select job_id from @live")).toEqual([{ job_id: job.jobId }]);
    await world.settle(job, COMPLETED);
    expect(await rowsOf("select job_id from @live")).toEqual([]);
    expect(await rowsOf("select job_id from @ended")).toEqual([{ job_id: job.jobId }]);
  });

  /** What became of the rows of `live`. A server tells its counts when a connection ends, and a little later. */
  const updates = async (expected: number): Promise<{ all: number; hot: number }> => {
    await store.close();
    let told = { all: 0, hot: 0 };
    for (let look = 0; look < 200 && told.all < expected; look++) {
      const text = `select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables
                     where schemaname = '${schema}' and relname = 'live'`;
      [told] = (await admin.query(text)).rows as [typeof told];
      await admin.query("select pg_sleep(0.02)");
    }
    expect(told.all).toBe(expected);
    return told;
  };

  it("takes a thousand jobs that wait without touching an index (HOT)", async () => {
    await store.enqueue(Array.from({ length: 1_000 }, () => world.newJob()));
    expect((await world.claim({ limit: 1_000 })).jobs).toHaveLength(1_000);
    const { all, hot } = await updates(1_000);
    expect(hot / all).toBeGreaterThan(0.95);
  });

  it("writes three rows for a job, one version and one end of a row, and two rows for a thousand of them", async () => {
    await store.enqueue(Array.from({ length: 1_000 }, () => world.newJob()));
    const { jobs } = await world.claim({ limit: 1_000 });
    await store.settle(jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: COMPLETED })));
    await store.close();
    let written = { rows: 0, versions: 0, ends: 0 };
    // Each connection tells what it wrote as it ends: when all is there, one more look shows that nothing else comes.
    const isAll = (): boolean => written.rows >= 3_002 && written.versions >= 1_000 && written.ends >= 1_000;
    for (let look = 0, last = false; look < 200 && !last; look++) {
      last = isAll();
      const text = `select sum(n_tup_ins)::int as rows, sum(n_tup_upd)::int as versions, sum(n_tup_del)::int as ends
                      from pg_stat_user_tables where schemaname = '${schema}' and relname <> 'migrations'`;
      [written] = (await admin.query(text)).rows as [typeof written];
      await admin.query("select pg_sleep(0.02)");
    }
    // The lane and the claim are the two.
    expect(written).toEqual({ rows: 3_002, versions: 1_000, ends: 1_000 });
  });

  it("keeps one row for each lane and priority of a claim until all its jobs have ended, and lets them go with the next claim", async () => {
    await store.enqueue([0, 0, 7].map((priority) => world.newJob({ priority })));
    const { jobs } = await world.claim({ limit: 3 });
    const claims = async () =>
      (await rowsOf("select priority from @claims order by priority")).map(({ priority }) => priority);
    await world.settle(jobs[0]!, COMPLETED);
    await world.settle(jobs[1]!, failed());
    await world.claim();
    expect(await claims()).toEqual([0, 7]);
    await world.settle(jobs[2]!, COMPLETED);
    await world.claim();
    expect(await claims()).toEqual([]);
  });

  it("L2 the sweep clears the claims of a store that is gone, once nobody of them is left unheard", async () => {
    await store.enqueue(Array.from({ length: 2 }, () => world.newJob()));
    const { jobs } = await store.claim({ workerId: "w", kinds: ["kind"], queues: null, limit: 2, leaseMs: 1 });
    await store.extend({ worker: null, leaseMs: 60_000, leases: [jobs[0]!] });
    await admin.query("select pg_sleep(0.01)");
    const other = await postgresStore({ url: postgresUrl(), schema, listen: false });
    expect((await other.sweep(10)).rescued.map(({ jobId }) => jobId)).toEqual([jobs[1]!.jobId]);
    expect((await other.sweep(10)).rescued).toEqual([]);
    expect(await rowsOf("select * from @claims")).toEqual([]);
    await other.close();
  });

  it("renews leases and reports progress without touching an index (HOT)", async () => {
    await store.enqueue(Array.from({ length: 20 }, () => world.newJob()));
    const { jobs } = await world.claim({ limit: 20 });
    const rounds = 15;
    for (let i = 1; i <= rounds; i++) {
      await store.extend({ worker: null, leaseMs: 30_000, leases: jobs });
      await store.report(jobs.map((job) => ({ jobId: job.jobId, fence: job.fence, percent: i })));
    }
    // All but the first heartbeat of each, which takes it out of the line.
    const { all, hot } = await updates(20 * (2 * rounds + 1));
    expect(hot / (all - 20)).toBeGreaterThan(0.9);
  });
});

describe("the view that many poll", () => {
  it("B6 says of a job in any state what the full view says, but for what it never reads", async () => {
    const running = await world.running({ owner: "o", metadata: '{"a":1}', concurrencyKey: "k", concurrencyLimit: 2 });
    await world.report(running, { stage: "a", percent: 12.5, done: 1, total: 8, message: "m" });
    const [ended, broken, back] = [await world.running(), await world.running(), await world.running()];
    await world.settle(ended, { type: "completed", result: '"r"' });
    await world.settle(broken, failed());
    await world.settle(back, failed({ retryInMs: 60_000 }));
    const others = [
      await world.add({ uniqueKey: "u", idempotencyKey: "i", priority: -3, expiresInMs: 90_000 }),
      await world.add({ runAt: { inMs: 60_000 } }),
      await world.add({ recorded: true, parentId: ended.jobId, rerunOf: broken.jobId }),
      await world.add({ maxAttempts: 5, owner: 'a "quoted", (strange) owner\\' }),
      await world.add({ metadata: JSON.stringify({ text: '\\"",()\n' }) }),
      await world.add(),
    ];
    const jobIds = [...[running, ended, broken, back].map(({ jobId }) => jobId), ...others];
    const [brief, full] = [await store.read({ jobIds, view: "status" }), await store.read({ jobIds, view: "full" })];
    const unread = { payload: null, payloadBytes: null, result: null, errorDetail: null, waiting: null, readAt: 0 };
    expect(brief.map((job) => ({ ...job, ...unread }))).toEqual(full.map((job) => ({ ...job, ...unread })));
    expect(brief.map((job) => job && { ...job, readAt: 0 })).toMatchObject(jobIds.map(() => unread));
    const info = async (): Promise<unknown[]> => {
      const together = await store.read({ jobIds, view: "info" });
      for (const [i, jobId] of jobIds.entries()) {
        const [alone] = await store.read({ jobIds: [jobId], view: "info" });
        expect({ ...alone, readAt: 0 }).toEqual({ ...together[i], readAt: 0 });
      }
      return together;
    };
    const operators = { payload: null, errorDetail: null, payloadBytes: null, waiting: null, readAt: 0 };
    // Lists look into both rows of every job.
    const listed = new Map((await store.list({ limit: 100 })).map((job) => [job.jobId, { ...job, ...operators }]));
    expect(full.map((job) => ({ ...job, ...operators }))).toEqual(jobIds.map((jobId) => listed.get(jobId)));
    expect((await info()).map((job) => Object.assign({}, job, operators))).toEqual(
      full.map((job) => ({ ...job, ...operators })),
    );
    await store.extend({ worker: { ...WORKER, workerId: "w" }, leaseMs: 30_000, leases: [] });
    const { payloadBytes: _, ...sized } = operators;
    expect((await info()).map((job) => Object.assign({}, job, sized))).toEqual(
      full.map((job) => ({ ...job, ...sized })),
    );
  });

  it("B10 tells each its place in line, read together as counted alone, and none where nobody works", async () => {
    const places = async (jobIds: readonly string[], view: "info" | "full") =>
      (await store.read({ jobIds, view })).map((job) => (job && "waiting" in job ? job.waiting?.ahead : "gone"));
    const lowest = await world.add({ priority: 9 });
    const due = await world.add({ priority: 7, kind: "other", runAt: { inMs: 90_000 } });
    await rowsOf(`update @live set run_at = now() where job_id = '${due}'`);
    const later = await world.add({ runAt: { inMs: 60_000 } });
    const kept = await world.add({ recorded: true });
    const others = await Promise.all(Array.from({ length: 30 }, (_, i) => world.add({ priority: i % 5 })));
    const jobIds = [...others, due, lowest];
    expect(await places([...jobIds, later, kept], "info")).toEqual(Array(34).fill(null));
    await store.extend({ worker: { ...WORKER, workerId: "w" }, leaseMs: 30_000, leases: [] });
    const counted = await places(jobIds, "full");
    expect([...counted].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 32 }, (_, i) => i));
    expect(counted.slice(-2)).toEqual([30, 31]);
    expect(await places([...jobIds, later, kept], "info")).toEqual([...counted, null, null]);
    await store.pauseQueue("queue", "user:op");
    expect(await places([lowest], "info")).toEqual([null]);
  });

  it("B10 counts a thousand ahead and no further, whoever is behind the front of the line", async () => {
    const jobs = Array.from({ length: 1_003 }, () => world.newJob());
    await store.enqueue(jobs);
    await store.extend({ worker: { ...WORKER, workerId: "w" }, leaseMs: 30_000, leases: [] });
    const jobIds = jobs.map(({ jobId }) => jobId).toSorted();
    const asked = [0, 998, 999, 1_000, 1_002].map((place) => jobIds[place]!);
    const ahead = async (view: "info" | "full") =>
      (await store.read({ jobIds: asked, view })).map((job) => (job && "waiting" in job ? job.waiting?.ahead : "gone"));
    expect(await ahead("info")).toEqual([0, 998, 999, 1_000, 1_000]);
    expect(await ahead("full")).toEqual(await ahead("info"));
  });
});

describe("the claim", () => {
  const OWN_SETTINGS = `set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off; set plan_cache_mode = force_generic_plan`;

  interface Node {
    readonly "Node Type": string;
    readonly "Index Name"?: string;
    readonly "Relation Name"?: string;
    readonly "Actual Loops": number;
    readonly "Shared Hit Blocks": number;
    readonly "Shared Read Blocks": number;
    readonly Plans?: readonly Node[];
  }
  const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

  const explainClaim = (settings: string) =>
    explain(
      settings,
      "claim",
      "(null, 'w', '{kind}', null, 10, 1000, null, null, null, null, null, null, false, null, null)",
    );
  const explain = async (
    settings: string,
    name: StatementName,
    values: string,
  ): Promise<{ nodes: Node[]; pages: number }> => {
    const client = new pg.Client(postgresUrl());
    await client.connect();
    try {
      await client.query(settings);
      await client.query(`prepare c as ${statementsFor(namesOf(schema))[name].text}`);
      await client.query("begin");
      const { rows } = await client.query(`explain (analyze, buffers, format json) execute c ${values}`);
      await client.query("rollback");
      const plan: Node = rows[0]["QUERY PLAN"][0].Plan;
      return { nodes: nodesOf(plan), pages: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] };
    } finally {
      await client.end();
    }
  };

  /** Rows in bulk: what matters here is how much lies around. */
  const fill = async (waiting: number, finished: number): Promise<void> => {
    await world.add();
    await rowsOf(`
      with made as (
        insert into @jobs (job_id, created_at, lane_id, payload)
        select gen_random_uuid(), now(), (select lane_id from @lanes), '{}' from generate_series(1, ${waiting + finished})
        returning job_id),
      numbered as (select job_id, row_number() over () as n from made),
      done as (
        insert into @ended (job_id, finished_at)
        select job_id, now() from numbered where n <= ${finished})
      insert into @live (job_id, run_at, lane_id, priority)
      select job_id, now(), (select lane_id from @lanes), 0 from numbered where n > ${finished}`);
    await rowsOf("vacuum analyze @live");
    await rowsOf("vacuum analyze @jobs");
    await rowsOf("vacuum analyze @ended");
  };

  it.each([
    ["the store's own settings", OWN_SETTINGS],
    ["the settings of a caller's pool", "set plan_cache_mode = auto"],
  ])("walks the line by its index, and reads no table whole, with %s", async (_, settings) => {
    await fill(5_000, 5_000);
    const { nodes } = await explainClaim(settings);
    expect(nodes.map((node) => node["Index Name"])).toContain("live_ready");
    // What it has locked it finds again by place, not by another way through an index.
    expect(nodes.map((node) => node["Node Type"])).toContain("Tid Scan");
    const whole = nodes.filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"]);
    for (const table of ["jobs", "live", "ended"]) expect(whole).not.toContain(table);
  });

  it("reads as few pages with ten thousand jobs waiting or finished as with a hundred", async () => {
    await fill(100, 0);
    const few = (await explainClaim(OWN_SETTINGS)).pages;
    await fill(10_000, 10_000);
    const many = (await explainClaim(OWN_SETTINGS)).pages;
    // Trees are a level or two deeper; nothing else may grow.
    expect(many).toBeLessThan(few * 2 + 50);
  });

  it("what has ended is counted, and what is old is found, along one index and no table", async () => {
    await fill(10, 10_000);
    await rowsOf("update @ended set status = 'cancelled' where job_id in (select job_id from @ended limit 100)");
    await rowsOf("vacuum analyze @ended");
    const counted = await explain(OWN_SETTINGS, "counts", "(null, null, null, null)");
    expect(counted.nodes.map((node) => node["Node Type"])).toContain("Index Only Scan");
    expect(counted.pages).toBeLessThan(50);
    const rules = "(null, 10, '{completed,cancelled}', '{0,0}', '{50,50}')";
    const { nodes, pages } = await explain(OWN_SETTINGS, "doomed", rules);
    expect(nodes.map((node) => node["Index Name"])).toContain("ended_age");
    expect(pages).toBeLessThan(500);
  });

  it("L2 what a silent worker held is found where it was taken, whatever came in around it since", async () => {
    for (const priority of [0, 0, 7, 7]) {
      await store.enqueue(Array.from({ length: 5 }, () => world.newJob({ priority })));
      // Another time, so that a stretch has two ends.
      await admin.query("select pg_sleep(0.005)");
    }
    const request = { workerId: "w", kinds: ["kind"], queues: null, limit: 20, leaseMs: 1 };
    expect((await store.claim(request)).jobs).toHaveLength(20);
    const sweep = () => explain(OWN_SETTINGS, "rescue", "(null, 100, 'a', 'b', 'c', 'd', 5, null, null)");
    const alone = (await sweep()).pages;
    await fill(10_000, 0);
    await rowsOf("update @live set priority = -1 where lease_expires_at is null and job_id::text like '%0'");
    const { nodes, pages } = await sweep();
    expect(nodes.map((node) => node["Index Name"])).toContain("live_ready");
    expect(pages).toBeLessThan(alone * 2 + 50);
    expect((await store.sweep(100)).rescued).toHaveLength(20);
  });

  it("a hundred statuses walk the front of their queue once, and not at all while nobody works there", async () => {
    await fill(10_000, 0);
    const [{ ids }] = await rowsOf("select array_agg(job_id)::text as ids from (select * from @live limit 100) l");
    // Each job's state: four pages, with its tree.
    const plain = await explain(OWN_SETTINGS, "readInfo", `(null, '${ids}', '{}')`);
    expect(plain.pages).toBeLessThan(100 * 4 + 50);
    const looks = plain.nodes.filter((node) => node["Relation Name"] === "jobs").map((node) => node["Actual Loops"]);
    expect(looks, "nothing of a plain job is looked up in jobs").toEqual([0]);
    await store.extend({ worker: { ...WORKER, workerId: "w" }, leaseMs: 30_000, leases: [] });
    await rowsOf("update @workers set seen_at = now()");
    // And its row.
    const placed = await explain(OWN_SETTINGS, "readPlaced", `(null, '${ids}', '{}', 1000)`);
    expect(placed.pages).toBeLessThan(100 * 8 + 50 + 1_100);
  });

  it.each([
    ["failed", "{failed}"],
    ["failed or cancelled", "{failed,cancelled}"],
  ])("a list of those that %s reads no job that completed, and none that waits", async (_, statuses) => {
    const job = await world.running();
    await world.settle(job, failed());
    await fill(10_000, 10_000);
    const listed = await store.list({ status: ["failed"], limit: 50 });
    expect(listed.map(({ jobId }) => jobId)).toEqual([job.jobId]);
    const { pages } = await explain(
      OWN_SETTINGS,
      "listWithoutCompleted",
      `(null, 50, null, null, null, null, '${statuses}')`,
    );
    expect(pages).toBeLessThan(50);
  });
});

describe("kept plans", () => {
  /** Statements that walk an index on purpose: in order, or for what is due. */
  const WALKS = [
    "overdue",
    "rescue",
    "expire",
    "list",
    "listOwned",
    "listLive",
    "listWithoutCompleted",
    "counts",
    "doomed",
    "claim",
    "promote",
    "readPlain",
    "readOne",
    "readInfo",
    "readPlaced",
    "readFull",
  ];

  interface Scan {
    readonly "Node Type": string;
    readonly "Relation Name"?: string;
    readonly "Index Cond"?: string;
    readonly Plans?: readonly Scan[];
  }
  const scansOf = (node: Scan): Scan[] => [node, ...(node.Plans ?? []).flatMap(scansOf)];

  it("a plan made while the tables were empty still finds each row by its key once they are full", async () => {
    for (const table of ["jobs", "live", "ended", "events", "limits", "tombstones"])
      await rowsOf(`vacuum analyze @${table}`);
    const client = new pg.Client(postgresUrl());
    await client.connect();
    try {
      await client.query(`set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
        set enable_mergejoin = off; set plan_cache_mode = force_generic_plan`);
      for (const { name, text } of Object.values(statementsFor(namesOf(schema)))) {
        if (WALKS.includes(name)) continue;
        const params = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
        const values = params === 0 ? "" : `(${Array(params).fill("null").join(", ")})`;
        await client.query(`prepare s_${name} as ${text}`);
        const { rows } = await client.query(`explain (format json) execute s_${name} ${values}`);
        const unkeyed = scansOf(rows[0]["QUERY PLAN"][0].Plan)
          .filter((scan) => ["jobs", "live", "ended", "events", "limits"].includes(scan["Relation Name"] ?? ""))
          .filter((scan) => scan["Node Type"].includes("Scan") && scan["Index Cond"] === undefined);
        expect({ name, unkeyed }).toEqual({ name, unkeyed: [] });
      }
    } finally {
      await client.end();
    }
  });
});
