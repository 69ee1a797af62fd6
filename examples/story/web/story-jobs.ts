/** The jobs behind the pages: a file in, its story out, in the stages a person watches. */
import { setTimeout as sleep } from "node:timers/promises";
import { defineJob, type JobContext, type JobDefinition, JobError } from "waymark";
import { z } from "zod";
import { makeStory, type Report, type StoryStage } from "../make-story.js";
import type { Shelf } from "./story-shelf.js";

/** What the start page lets one play through; a real file has none. */
export type Rehearsal = "slow" | "flaky" | "outage" | "broken";

export interface TableInput {
  /** Absolute, so that a worker in another folder finds the same file. */
  readonly path: string;
  readonly rehearsal?: Rehearsal | undefined;
}
export interface TableResult {
  /** Names the story's page. The story itself stands on the shelf. */
  readonly storyId: string;
}

export const STAGES = ["uploading", { name: "analyzing", weight: 5 }, "generating", "visualizing"] as const;

export const tableStory: JobDefinition<"table-story", TableInput, TableInput, TableResult, TableResult, StoryStage> =
  defineJob({
    kind: "table-story",
    input: z.object({
      path: z.string().min(1),
      rehearsal: z.enum(["slow", "flaky", "outage", "broken"]).optional(),
    }),
    output: z.object({ storyId: z.string() }),
    stages: STAGES,
    maxAttempts: 3,
    backoff: { base: "2s", max: "30s" },
    timeout: "30s",
    target: "60s",
  });

/** Makes the story and puts it on the shelf, which takes it once however often this runs for the job. */
export function tableStoryHandler(shelf: Shelf): ReturnType<typeof tableStory.handle> {
  return tableStory.handle(async (input, ctx) => {
    const story = await makeStory(input.path, rehearsed(input.rehearsal, ctx));
    ctx.signal.throwIfAborted();
    if (ctx.owner !== null) shelf.add(ctx.owner, { jobId: ctx.jobId, story, madeAt: new Date() });
    return { storyId: ctx.jobId };
  });
}

/** The report of a job, with what the rehearsal adds to it. */
function rehearsed(rehearsal: Rehearsal | undefined, ctx: JobContext<StoryStage>): Report {
  return {
    signal: ctx.signal,
    async stage(name) {
      await ctx.stage(name);
      if (name !== "generating") return;
      if (rehearsal === "flaky" && ctx.generation === 1 && ctx.attempt < 3) throw unavailable();
      if (rehearsal === "outage" && ctx.generation === 1) throw unavailable();
    },
    async progress(done, total, message) {
      await ctx.progress(done, total, message);
      if (rehearsal === "slow") await sleep(500, undefined, { signal: ctx.signal });
    },
  };
}

function unavailable(): JobError {
  return new JobError({
    code: "wording_unavailable",
    message: "The service that words the findings did not answer.",
    category: "temporary",
    retryAfter: "2s",
  });
}
