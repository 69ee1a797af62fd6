/** The job behind the demo: a CSV file in, its story out, in four stages a user can watch. */
import { defineJob, type JobDefinition } from "waymark";
import { z } from "zod";
import { makeStory, type StoryStage } from "./make-story.js";
import type { Story } from "./story.js";
import { storySchema } from "./story-schema.js";

/** `path`: absolute, so that a worker in another folder finds the same file. */
export interface StoryInput {
  readonly path: string;
}

export const storyJob: JobDefinition<"story", StoryInput, StoryInput, Story, Story, StoryStage> = defineJob({
  kind: "story",
  input: z.object({ path: z.string().min(1) }),
  output: storySchema,
  stages: ["uploading", { name: "analyzing", weight: 5 }, "generating", "visualizing"],
  maxAttempts: 3,
  timeout: "30s",
  target: "60s",
});

/** The handler: only hands what the job context offers to the analysis, which knows nothing of jobs. */
export const storyHandler: ReturnType<typeof storyJob.handle> = storyJob.handle(({ path }, ctx) =>
  makeStory(path, {
    stage: (name) => ctx.stage(name),
    progress: (done, total, message) => ctx.progress(done, total, message),
    signal: ctx.signal,
  }),
);
