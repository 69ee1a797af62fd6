/** Every state a job can be in; plain-view.ts answers for the ordinary ones before this is asked. */
import type { WireStatus } from "../../core/wire.js";
import { completedView } from "../plain-view.js";
import type { ViewInput, ViewPart } from "../view-types.js";
import { absentView } from "./absent-view.js";
import { withAsked } from "./asked.js";
import { withConnection } from "./connection.js";
import { failedView } from "./failed-view.js";
import { otherWorkingView } from "./other-working-view.js";
import { cancelledView, expiredView } from "./stopped-view.js";
import { waitingView } from "./waiting-view.js";

export function otherView(input: ViewInput): ViewPart {
  const { status, notFound, gone, signedOut } = input.snapshot;
  if (notFound || gone !== null || signedOut || status === null) return absentView(input);
  return withConnection(input, withAsked(input, viewOf(input, status)));
}

function viewOf(input: ViewInput, status: WireStatus): ViewPart {
  switch (status.status) {
    case "scheduled":
    case "pending":
    case "retrying":
      return waitingView(input, status);
    case "processing":
      return otherWorkingView(input, status);
    case "completed":
      return completedView(input, status);
    case "failed":
      return failedView(input, status);
    case "cancelled":
      return cancelledView(input, status);
    case "expired":
      return expiredView(input, status);
  }
}
