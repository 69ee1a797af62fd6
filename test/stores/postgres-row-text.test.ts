/** Rows that PostgreSQL wrote as one text are read back as they were. */
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { valuesOf } from "../../src/stores/postgres/row-text.js";
import { postgresUrl } from "../support/postgres.js";

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client(postgresUrl());
  await client.connect();
});
afterAll(() => client.end());

/** What the notation is made of, and what it must not be taken for. */
const notation = fc.string({ unit: fc.constantFrom('"', "\\", "(", ")", ",", " ", "\n", "{", "a", "ö", "𝄞") });
const value = fc.oneof(fc.constant(null), fc.constant(""), fc.constant("NULL"), notation);

it("L6 a text with any characters comes out as it went in, and null stays null", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), async (values) => {
      const row = `row(${values.map((_, i) => `$${i + 1}::text`).join(", ")})::text`;
      const { rows } = await client.query(`select ${row} as told`, values);
      expect(valuesOf(rows[0].told)).toEqual(values);
    }),
    { numRuns: 300 },
  );
});
