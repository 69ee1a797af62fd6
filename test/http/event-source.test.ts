/** A public EventSource client follows a job over a real connection, with nothing but the address and a read token. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EventSource } from "eventsource";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toNodeHandler } from "../../src/http/index.js";
import { openWorld, story, type World } from "./world.js";

/** Turns of the clock, each followed by time for the connection. */
const TURNS = 2_000;

describe("EventSource", () => {
  let world: World;
  let url: string;
  let close: () => Promise<void>;
  beforeEach(async () => {
    world = await openWorld();
    const server = createServer(toNodeHandler(world.api.fetch));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await world.close();
    };
  });
  afterEach(() => close());

  const until = async (holds: () => boolean): Promise<void> => {
    for (let turn = 0; turn < TURNS && !holds(); turn++) {
      await world.clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(holds()).toBe(true);
  };

  it("E9 sees the picture of now, each change and the end, and may close", async () => {
    const id = await world.make("ada");
    const token = await world.waymark.tokens.read(id);
    const seen: string[] = [];
    const ids: string[] = [];
    const source = new EventSource(`${url}/jobs/${id}/events?token=${token}`);
    source.addEventListener("status", ({ data, lastEventId }) => {
      seen.push((JSON.parse(data as string) as { status: string }).status);
      ids.push(lastEventId);
    });
    source.addEventListener("end", () => {
      seen.push("end");
      source.close();
    });
    await until(() => seen.includes("pending"));
    const worker = world.waymark.work([
      story.handle(async (_input, ctx) => {
        await ctx.stage("writing");
        await new Promise<void>((resolve) => world.clock.after(2_000, resolve));
        return { storyId: "s1" };
      }),
    ]);
    await until(() => seen.includes("end"));
    await worker.stop();
    expect(seen).toContain("processing");
    expect(seen.slice(-2)).toEqual(["completed", "end"]);
    expect(ids.every((each) => each !== "")).toBe(true);
    expect(source.readyState).toBe(EventSource.CLOSED);
  });

  it("S2 is refused somebody else's job, and does not try again", async () => {
    const [mine, theirs] = [await world.make("ada"), await world.make("bob")];
    const token = await world.waymark.tokens.read(mine);
    const codes: (number | undefined)[] = [];
    const source = new EventSource(`${url}/jobs/${theirs}/events?token=${token}`);
    source.addEventListener("error", ({ code }) => codes.push(code));
    await until(() => codes.length > 0);
    await world.clock.advance(60_000);
    expect(codes).toEqual([404]);
    expect(source.readyState).toBe(EventSource.CLOSED);
  });
});
