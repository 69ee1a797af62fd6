/**
 * Calls that come while a batch is under way go into the next one together: the best that can be done for many callers.
 *
 * @param run  answers a list of items with a list of answers
 */
export function coalesce(run, { inFlight = 1, most = 1_000 } = {}) {
  const waiting = [];
  let running = 0;
  let armed = false;
  const pump = () => {
    armed = false;
    while (waiting.length > 0 && running < inFlight) {
      const batch = waiting.splice(0, most);
      running++;
      void send(batch);
    }
  };
  const send = async (batch) => {
    try {
      const answers = await run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    running--;
    pump();
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (armed) return;
      armed = true;
      // After all that this turn of the event loop still calls.
      setImmediate(pump);
    });
}
