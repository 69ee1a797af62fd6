/** The board on which a quiet worker's leases stand, looked at by the thread that renews them. */
import { expect, it } from "vitest";
import { leasePoster, leaseReader, newLeaseBoard, type PostedLease } from "../../src/lease-board.js";
import { createLeaseBook } from "../../src/lease-book.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import type { HoldOptions, KeptLease, LeaseKeeper } from "../../src/worker/lease-keeper.js";

const posted = (no: number, parts: Partial<PostedLease> = {}): PostedLease => ({
  no,
  jobId: `01900000-0000-7000-8000-${String(no).padStart(12, "0")}`,
  fence: 2 ** 40 + no,
  askedAt: 1_000.25,
  giveUpAt: Number.POSITIVE_INFINITY,
  ...parts,
});

function boardOf() {
  const board = newLeaseBoard();
  return { poster: leasePoster(board), reader: leaseReader(board) };
}

const NOTHING = { posted: [], changed: [], removed: [] };

it("a lease is read as it was posted, once, and once more when it has gone", () => {
  const { poster, reader } = boardOf();
  expect(reader.look()).toEqual(NOTHING);
  const [place] = poster.post([posted(1)])!;
  expect(reader.look()).toEqual({ ...NOTHING, posted: [posted(1)] });
  expect(reader.look()).toEqual(NOTHING);
  poster.giveUp(place!, 7_000);
  expect(reader.look()).toEqual({ ...NOTHING, changed: [posted(1, { giveUpAt: 7_000 })] });
  poster.remove(place!);
  expect(reader.look()).toMatchObject({ ...NOTHING, removed: [{ no: 1 }] });
});

it("what came and went between two looks is not seen, and whoever has its place now is somebody else", () => {
  const { poster, reader } = boardOf();
  const [first] = poster.post([posted(1)])!;
  reader.look();
  poster.remove(first!);
  const [second] = poster.post([posted(2)])!;
  poster.remove(second!);
  expect(poster.post([posted(3)])).toEqual([first]);
  expect(reader.look()).toMatchObject({ posted: [{ no: 3 }], changed: [], removed: [{ no: 1 }] });
});

it("leases find no place when it is full, when one of them has none, or when an id is none of ours", () => {
  const { poster, reader } = boardOf();
  let count = 0;
  while (poster.post([posted(count + 1)]) !== null) count++;
  expect(count).toBe(32);
  expect(reader.look().posted).toHaveLength(count);
  poster.remove(7);
  expect(poster.post([posted(51), posted(52)])).toBeNull();
  expect(poster.post([posted(53, { jobId: "a job" })])).toBeNull();
  expect(poster.post([posted(54, { jobId: `${posted(54).jobId.slice(1)}é` })])).toBeNull();
  expect(poster.post([posted(55)])).toEqual([7]);
  expect(reader.look().posted).toEqual([posted(55)]);
});

it("the thread reckons with how old a lease is, though its clock stands elsewhere", () => {
  const { poster, reader } = boardOf();
  const clock = new FakeClock();
  const held: [KeptLease, HoldOptions][] = [];
  const keeper = { hold: ([lease]: KeptLease[], options: HoldOptions) => void held.push([lease!, options]) };
  const book = createLeaseBook({
    clock,
    board: reader,
    leaseMs: 10_000,
    onNews: () => {},
    keeper: () => keeper as unknown as LeaseKeeper,
  });
  // The other clock stands 5,000 ms ahead. A message that took 40 ms makes it seem less, a quicker one corrects that.
  book.heard(clock.monotonic() + 5_000 - 40);
  book.heard(clock.monotonic() + 5_000);
  const there = clock.monotonic() + 5_000;
  poster.post([posted(1, { askedAt: there - 300, giveUpAt: there + 900 })]);
  book.handOver();
  expect(held).toEqual([[expect.objectContaining({ fence: posted(1).fence }), { ageMs: 300, giveUpInMs: 900 }]]);
});
