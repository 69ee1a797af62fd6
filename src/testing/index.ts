/**
 * For tests: a clock to turn by hand, a way to work a queue off, and the suite that says what a store is. The suite needs Vitest, its property test
 * fast-check too.
 */
export { FakeClock } from "./fake-clock.js";
export { type RunUntilIdleOptions, runUntilIdle } from "./run-until-idle.js";
export { type OpenStore, testStore } from "./store-suite/index.js";
export { type ModelOptions, testStoreModel } from "./store-suite/model-test.js";
