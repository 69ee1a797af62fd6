/** When the writes of the SQLite store are on disk, and who hears of them before that. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { Connection } from "../../src/stores/sqlite/connection.js";
import { loadDriver } from "../../src/stores/sqlite/driver.js";
import { LogFlush } from "../../src/stores/sqlite/log-flush.js";
import { Disk, type OnDisk } from "../../src/stores/sqlite/on-disk.js";
import { WriteQueue } from "../../src/stores/sqlite/write-queue.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { newPath, openStranger, openWithConnection, turn } from "./sqlite-tools.js";

/** A disk whose flushes end when the test says so. */
function slowFile() {
  const under: { end: (error?: Error) => void }[] = [];
  const count = { flushes: 0, now: 0, closed: 0 };
  const log = new LogFlush({
    flush: () => {
      count.flushes++;
      return new Promise((resolve, reject) => {
        under.push({ end: (error) => (error === undefined ? resolve() : reject(error)) });
      });
    },
    flushNow: () => void count.now++,
    close: () => void count.closed++,
  });
  return { log, count, end: (error?: Error) => under.shift()!.end(error) };
}

async function world(synchronous: "FULL" | "NORMAL" = "FULL") {
  const path = newPath();
  mkdirSync(dirname(path), { recursive: true });
  const database = (await loadDriver())(path);
  const connection = new Connection(await database);
  connection.database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; create table rows (text)`);
  const stranger = await openStranger(path);
  const file = slowFile();
  const clock = new FakeClock();
  const disk = new Disk({ connection, clock, synchronous, flush: file.log });
  const queue = new WriteQueue({ connection, disk, clock, busyMs: 0, committed: () => {} });
  /** How SQLite was to flush, as it stood at each write. */
  const modes: unknown[] = [];
  let answered = 0;
  const write = (onDisk: OnDisk, rows = 2): Promise<void> => {
    const work = (): null[] => {
      connection.run("insert into rows values ('x')");
      modes.push(connection.get<{ synchronous: number }>("pragma synchronous")?.synchronous);
      return [null];
    };
    return queue.add({ items: [null], rows, onDisk, work }).then(() => {
      answered++;
    });
  };
  return {
    ...file,
    clock,
    queue,
    write,
    modes,
    answered: () => answered,
    seen: () => (stranger.prepare("select count(*) as rows from rows").get() as { rows: number }).rows,
  };
}
const FULL = 2;
const NORMAL = 1;

/** Long enough for all that waits for nothing. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await turn();
};

describe("an acknowledged write is on disk", () => {
  it("new jobs: others see them at once, the caller hears of them after the flush", async () => {
    const { write, seen, answered, end, modes } = await world();
    const written = write("beforeAnswered");
    await settled();
    expect({ seen: seen(), answered: answered(), modes }).toEqual({ seen: 1, answered: 0, modes: [NORMAL] });
    end();
    await written;
  });

  it("a lone new job is flushed at once", async () => {
    const { write, count } = await world();
    await write("beforeAnswered", 1);
    expect(count).toMatchObject({ now: 1, flushes: 0 });
  });

  it("what is written during a flush waits for the next one, and shares it", async () => {
    const { write, answered, end, count } = await world();
    const first = write("beforeAnswered");
    await settled();
    const others = [write("beforeAnswered"), write("beforeAnswered")];
    await settled();
    others.push(write("beforeAnswered"));
    await settled();
    expect(count.flushes).toBe(1);
    end();
    await first;
    await settled();
    expect({ answered: answered(), flushes: count.flushes }).toEqual({ answered: 1, flushes: 2 });
    end();
    await Promise.all(others);
    expect(count.flushes).toBe(2);
  });

  it("endings: SQLite flushes before anybody sees them", async () => {
    const { write, modes, count } = await world();
    await write("beforeAnswered", 1);
    await write("beforeSeen");
    await write("soon");
    await write("beforeSeen");
    expect(modes).toEqual([NORMAL, FULL, NORMAL, FULL]);
    expect(count.flushes).toBe(0);
  });

  it("an ending in the same transaction as a claim decides for both", async () => {
    const { write, modes } = await world();
    await Promise.all([write("soon"), write("beforeSeen")]);
    expect(modes).toEqual([FULL, FULL]);
  });

  it("claims: nobody waits, and they are on disk 5 ms later, or with whatever is flushed before that", async () => {
    const { write, clock, count, end } = await world();
    await write("soon");
    expect(count.flushes).toBe(0);
    await clock.advance(5);
    expect(count.flushes).toBe(1);
    end();
    await settled();
    await write("soon");
    await write("beforeSeen");
    await clock.advance(5);
    expect({ flushes: count.flushes, timers: clock.waiting }).toEqual({ flushes: 1, timers: 0 });
  });

  it("a disk that fails: nobody is told that it went well, and from then on SQLite flushes", async () => {
    const { write, modes, end, count } = await world();
    const written = write("beforeAnswered");
    await settled();
    end(new Error("EIO"));
    await expect(written).rejects.toMatchObject({ code: "store_unavailable" });
    await write("beforeAnswered");
    expect({ modes, closed: count.closed }).toEqual({ modes: [NORMAL, FULL], closed: 1 });
  });

  it("a log that was given up is flushed no more, and its file is closed only when the flush under way has ended", async () => {
    const { log, count, end } = slowFile();
    const first = log.done();
    const second = log.done();
    log.close();
    expect(count.closed).toBe(0);
    end();
    await first;
    await expect(second).rejects.toThrow("by SQLite itself");
    await expect(log.done()).rejects.toThrow("by SQLite itself");
    expect(count).toEqual({ flushes: 1, now: 0, closed: 1 });
  });

  it("closing waits for the flush", async () => {
    const { write, queue, end, count } = await world();
    const written = write("beforeAnswered");
    await settled();
    const closed = queue.close();
    await settled();
    expect(count.closed).toBe(0);
    end();
    await Promise.all([written, closed]);
    expect(count.closed).toBe(1);
  });

  it("what was learned of durations makes no job wait for the disk", async () => {
    const { store, database } = await openWithConnection(newPath());
    const mode = (): unknown => (database.prepare("pragma synchronous").get() as { synchronous: number }).synchronous;
    await store.pauseQueue("queue", "ann");
    expect(mode()).toBe(FULL);
    await store.learn([{ kind: "kind", measure: "run", stage: null, size: 1, bucket: 1, count: 1 }]);
    expect(mode()).toBe(NORMAL);
    expect((await store.learned(["kind"]))[0]).toBeDefined();
  });
});

describe("with NORMAL nobody waits for the disk", () => {
  const write100 = async (write: (onDisk: OnDisk, rows: number) => Promise<void>): Promise<void> => {
    for (let i = 0; i < 100; i++) await write(i % 2 === 0 ? "beforeAnswered" : "beforeSeen", 1);
  };

  it("each hundredth commit begins a flush on another thread, and no commit waits for it", async () => {
    const { write, count, end, answered, modes } = await world("NORMAL");
    await write100(write);
    expect({ answered: answered(), ...count }).toEqual({ answered: 100, flushes: 1, now: 0, closed: 0 });
    end();
    await settled();
    await write("soon");
    expect(count.flushes).toBe(1);
    await write100(write);
    expect({ answered: answered(), flushes: count.flushes }).toEqual({ answered: 201, flushes: 2 });
    expect(new Set(modes)).toEqual(new Set([NORMAL]));
  });

  it("while the disk is slow, one flush is under way, and the next begins after it", async () => {
    const { write, count, end } = await world("NORMAL");
    await write100(write);
    await write100(write);
    await write100(write);
    expect(count.flushes).toBe(1);
    end();
    await settled();
    expect(count.flushes).toBe(1);
    await write("beforeAnswered");
    expect(count.flushes).toBe(2);
  });

  it("closing waits for the flush", async () => {
    const { write, queue, end, count } = await world("NORMAL");
    await write100(write);
    const closed = queue.close();
    await settled();
    expect(count.closed).toBe(0);
    end();
    await closed;
    expect(count.closed).toBe(1);
  });

  it("a flush that fails is left to SQLite, which hears of it in its own", async () => {
    const { write, count, end } = await world("NORMAL");
    await write100(write);
    end(new Error("EIO"));
    await settled();
    await write100(write);
    await write100(write);
    expect(count).toEqual({ flushes: 1, now: 0, closed: 1 });
  });
});
