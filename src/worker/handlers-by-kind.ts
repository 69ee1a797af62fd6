/** Which handler runs jobs of which kind: one of each, and at least one. */
import type { BoundHandler } from "../core/define-job.js";
import { WaymarkError } from "../core/errors.js";

/** @throws {WaymarkError} `duplicate_handler`, `invalid_option` */
export function handlersByKind(handlers: readonly BoundHandler[]): Map<string, BoundHandler> {
  const byKind = new Map<string, BoundHandler>();
  for (const handler of handlers) {
    const { kind } = handler.definition;
    if (byKind.has(kind)) throw new WaymarkError("duplicate_handler", { kind });
    byKind.set(kind, handler);
  }
  if (byKind.size === 0)
    throw new WaymarkError("invalid_option", { option: "handlers", problem: "a worker needs at least one handler" });
  return byKind;
}
