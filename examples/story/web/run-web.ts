/** `npm start` without a file: the web demo until somebody ends it, and what it says on the terminal meanwhile. */
import { isWaymarkError } from "waymark";
import { type Demo, type DemoOptions, startDemo } from "./server.js";

export interface WebRun extends DemoOptions {
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

/** @returns the exit code: 0 ended by the user, 1 the port is taken, 2 wrong usage */
export async function runWeb({ say, complain, signal, ...options }: WebRun): Promise<number> {
  if (options.store.startsWith("memory:")) {
    complain("A memory store lives in one process, and the demo has two. Choose sqlite:PATH or postgres://…\n");
    return 2;
  }
  let demo: Demo;
  try {
    demo = await startDemo(options);
  } catch (error) {
    return explain(error, options.port, complain);
  }
  say(`The demo is on ${demo.url}\nJobs are kept in ${options.store}. Ctrl-C ends the demo.\n`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  say("\nEnding. What has not ended goes on at the next start.\n");
  await demo.close();
  return 0;
}

function explain(error: unknown, port: number, complain: (text: string) => void): number {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE" || code === "EACCES") {
    complain(`Port ${port} is taken, or not allowed. Choose another: PORT=4401 npm start\n`);
    return 1;
  }
  complain(`${error instanceof Error ? error.message : String(error)}\n`);
  return isWaymarkError(error) ? 2 : 1;
}
