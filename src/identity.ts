/** What names this process to operators. */
import { hostname } from "node:os";

export function host(): string {
  return hostname();
}

export function processId(): number {
  return process.pid;
}
