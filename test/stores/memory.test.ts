/** The memory store against the contract, and what is its own: bounds and isolation. */
import { memoryStore } from "../../src/stores/memory/store.js";
import { testStore, testStoreModel } from "../../src/testing/index.js";

testStore("memory", async (clock) => memoryStore({ clock }));
testStoreModel("memory", async (clock) => memoryStore({ clock }), { runs: 200 });
