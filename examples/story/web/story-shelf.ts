/**
 * Where finished stories stand, and how many each user has: the application's own tables, apart from the jobs. A story is
 * made exactly once, however often its job runs or is reported as done: its row and the user's counter change together.
 */
import type { Story } from "../story.js";
import { type Database, openDatabase } from "./sqlite.js";

export interface ShelvedStory {
  readonly jobId: string;
  readonly story: Story;
  readonly madeAt: Date;
}
export interface Shelf {
  /** @returns false when the story was there already; nothing changes then */
  add(owner: string, story: ShelvedStory): boolean;
  /** Null for a story of somebody else too. */
  get(owner: string, jobId: string): ShelvedStory | null;
  /** Newest first, at most 100. */
  list(owner: string): readonly ShelvedStory[];
  /** How many stories the user has had made. */
  count(owner: string): number;
  close(): void;
}

const SCHEMA = `
create table if not exists users (
  id      text primary key,
  stories integer not null default 0
);
create table if not exists stories (
  job_id  text primary key,
  owner   text not null,
  story   text not null,
  made_at integer not null
);
create index if not exists stories_of_owner on stories (owner, made_at);`;

const ADD = `
insert into stories (job_id, owner, story, made_at)
values (?, ?, ?, ?)
on conflict (job_id) do nothing`;
const COUNT_UP = `
insert into users (id, stories)
values (?, 1)
on conflict (id) do update set stories = stories + 1`;
const GET = "select job_id, story, made_at from stories where job_id = ? and owner = ?";
const LIST = "select job_id, story, made_at from stories where owner = ? order by made_at desc limit 100";
const COUNT = "select stories from users where id = ?";

interface Row {
  readonly job_id: string;
  readonly story: string;
  readonly made_at: number;
}

export async function openShelf(path: string): Promise<Shelf> {
  const database = await openDatabase(path);
  database.exec(SCHEMA);
  const [add, countUp, get, list, count] = [ADD, COUNT_UP, GET, LIST, COUNT].map((sql) => database.prepare(sql)) as [
    Statement,
    Statement,
    Statement,
    Statement,
    Statement,
  ];
  return {
    add(owner, { jobId, story, madeAt }) {
      return inTransaction(database, () => {
        const { changes } = add.run(jobId, owner, JSON.stringify(story), madeAt.getTime());
        if (Number(changes) === 0) return false;
        countUp.run(owner);
        return true;
      });
    },
    get(owner, jobId) {
      const row = get.get(jobId, owner) as Row | undefined;
      return row === undefined ? null : shelved(row);
    },
    list: (owner) => (list.all(owner) as unknown as Row[]).map(shelved),
    count: (owner) => (count.get(owner) as { stories: number } | undefined)?.stories ?? 0,
    close: () => database.close(),
  };
}

type Statement = ReturnType<Database["prepare"]>;

/** `immediate`: two processes that add the same story take turns. */
function inTransaction<T>(database: Database, work: () => T): T {
  database.exec("begin immediate");
  try {
    const result = work();
    database.exec("commit");
    return result;
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
}

function shelved(row: Row): ShelvedStory {
  return {
    jobId: row.job_id,
    story: JSON.parse(row.story) as Story,
    madeAt: new Date(row.made_at),
  };
}
