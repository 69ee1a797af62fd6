/** Lets the way on the map be walked: as far as the job is, with a post at the end of each stage. */

const SVG = "http://www.w3.org/2000/svg";
const POST = "M0-6 6 0 0 6-6 0Z";
const HERE = "M0-10 10 0 0 10-10 0Z";
/** Where it stopped: a sign with eight sides. */
const STOP = "M-4-10H4L10-4V4L4 10H-4L-10 4V-4Z";

export interface Walk {
  /** 0 … 100; null when nothing is known. */
  readonly percent: number | null;
  /** The weights of the stages, in order. */
  readonly weights: readonly number[];
  /** How it ended; null while it is on the way. */
  readonly ended: "completed" | "failed" | "cancelled" | "expired" | null;
}

/** @returns draws a walk; does nothing on a page without a map */
export function routeMap(): (walk: Walk) => void {
  const box = document.getElementById("map");
  const svg = box?.querySelector("svg");
  const walked = box?.querySelector<SVGPathElement>(".map-walked");
  if (!box || !svg || !walked) return () => {};
  const length = walked.getTotalLength();
  const marks = document.createElementNS(SVG, "g");
  svg.append(marks);
  const mark = (name: string, at: number, d: string): SVGElement => {
    const { x, y } = walked.getPointAtLength((length * at) / 100);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    path.setAttribute("d", d);
    return path;
  };
  return ({ percent, weights, ended }) => {
    const at = ended === "completed" ? 100 : (percent ?? 0);
    walked.setAttribute("stroke-dasharray", `${at} 200`);
    if (ended === null) delete box.dataset["ended"];
    else box.dataset["ended"] = ended;
    const posts = [0, ...ends(weights)].map((end) => {
      const post = mark("map-post", end, POST);
      post.toggleAttribute("data-done", end <= at);
      return post;
    });
    const here = mark("map-here", at, ended === "failed" ? STOP : HERE);
    const ring = document.createElementNS(SVG, "circle");
    ring.setAttribute("class", "map-ring");
    ring.setAttribute("r", "17");
    ring.setAttribute("transform", here.getAttribute("transform") ?? "");
    marks.replaceChildren(...posts, ...(ended === null ? [ring] : []), here);
  };
}

/** Where each stage ends, in percent of the way. */
function ends(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0) || 1;
  let done = 0;
  return weights.map((weight) => (100 * (done += weight)) / sum);
}
