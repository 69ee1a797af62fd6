/** Starts the processes that work beside a measurement, and talks to them. They never outlive it. */
import { fork } from "node:child_process";

/**
 * @param script  of bench/workers/ or bench/limits/; it opens the store, says `ready`, and waits to be told `go`
 * @param given  travels as its argument
 */
export function startChild(script, given, { onMessage = () => {} } = {}) {
  const child = fork(script, [JSON.stringify(given)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  let ended = false;
  return new Promise((resolve, reject) => {
    child.on("message", (message) => {
      if (message.ready !== true) return onMessage(message);
      resolve({
        pid: child.pid,
        send: (order) => child.send(order),
        /** By force: what it works on is thrown away. Resolves when it is gone. */
        end: () =>
          new Promise((gone) => {
            ended = true;
            if (child.exitCode !== null || child.signalCode !== null) return gone();
            child.once("exit", gone);
            child.kill("SIGKILL");
          }),
      });
    });
    child.on("exit", (code, signal) => {
      const error = new Error(`${script} ended by itself (${code ?? signal})`);
      reject(error);
      // After it was ready nobody waits on the promise, but the measurement is spoilt.
      if (!ended) process.emit("uncaughtException", error);
    });
  });
}

/** The other side: tells the measurement that this process is ready, and ends with it. */
export function serveAsChild(onOrder) {
  process.on("message", (order) => void onOrder(order));
  process.on("disconnect", () => process.exit(0));
  process.send({ ready: true });
}

/** What the measurement gave along. */
export const given = () => JSON.parse(process.argv[2]);
