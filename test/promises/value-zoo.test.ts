/** SECURITY L6: one answer to every odd value, as an input and as a result, on every store. */
import { defineJob } from "../../src/index.js";
import { testValueZoo } from "../../src/testing/value-zoo.js";
import { onEveryStore } from "./on-every-store.js";

const carry = defineJob({ kind: "carry", maxAttempts: 1 });

onEveryStore("L6 input", (world) => {
  testValueZoo("input", async (value) => {
    const { waymark, store } = world();
    const { jobId } = await waymark.enqueue(carry, value);
    const [record] = await store.read({ jobIds: [jobId], view: "full" });
    return JSON.parse((record as { payload: string }).payload) as unknown;
  });
});
