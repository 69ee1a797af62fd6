/** For tests: a clock to turn by hand, and the suite that says what a store is. The suite needs Vitest. */
export { FakeClock } from "./fake-clock.js";
export { type OpenStore, testStore } from "./store-suite/index.js";
