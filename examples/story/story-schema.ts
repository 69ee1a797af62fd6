/** Checks that what the handler returns is a story, before it is stored. The types are in story.ts. */
import { z } from "zod";
import type { Story } from "./story.js";

const chart = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("bars"), title: z.string(), labels: z.array(z.string()), values: z.array(z.number()) }),
    z.object({
      type: z.literal("points"),
      title: z.string(),
      x: z.string(),
      y: z.string(),
      joined: z.boolean(),
      points: z.array(z.tuple([z.number(), z.number()])),
    }),
  ])
  .nullable();

const base = { name: z.string(), missing: z.number(), chart };
const words = { distinct: z.number(), top: z.array(z.object({ value: z.string(), count: z.number() })) };
const column = z.discriminatedUnion("type", [
  z.object({
    ...base,
    type: z.literal("number"),
    unit: z.string().nullable(),
    decimals: z.number(),
    unreadable: z.number(),
    distinct: z.number(),
    zeros: z.number(),
    min: z.number(),
    lowerQuarter: z.number(),
    median: z.number(),
    upperQuarter: z.number(),
    max: z.number(),
    mean: z.number().nullable(),
    spread: z.number().nullable(),
  }),
  z.object({
    ...base,
    type: z.literal("date"),
    precision: z.enum(["year", "month", "day", "time"]),
    unreadable: z.number(),
    distinct: z.number(),
    first: z.string(),
    last: z.string(),
    step: z.enum(["hour", "day", "month", "year"]).nullable(),
    gaps: z.number().nullable(),
  }),
  z.object({ ...base, type: z.enum(["category", "text", "boolean"]), ...words }),
  z.object({ ...base, type: z.literal("empty") }),
]);

const finding = z.object({
  kind: z.enum(["season", "trend", "together", "groups", "concentration", "balance"]),
  title: z.string(),
  text: z.string(),
  how: z.string(),
  chart,
});

export const storySchema: z.ZodType<Story, Story> = z.object({
  title: z.string(),
  lede: z.string(),
  file: z.object({ name: z.string(), bytes: z.number() }),
  rows: z.number(),
  columns: z.array(column),
  findings: z.array(finding),
  notes: z.array(z.string()),
});
