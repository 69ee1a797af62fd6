/** The same of the memory store: there is nothing to look at but what its own tracker tells. */
export function memoryPlace({ storeOptions = {} } = {}) {
  const nothing = async () => {};
  return {
    store: "memory",
    options: { store: "memory:", storeOptions: { maxJobs: 4_000_000, ...storeOptions } },
    close: nothing,
    empty: nothing,
    unfinished: nothing,
    settle: nothing,
    statements: async () => null,
  };
}
