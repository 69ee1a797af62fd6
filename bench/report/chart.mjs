/**
 * Bars, drawn by hand as SVG: readable on light and dark ground, by eyes that see no colours, and by those that do not see.
 * Each group of bars has a scale of its own, because its figures have a unit of its own; every bar says its value.
 */
const WIDTH = 760;
const LEFT = 196;
const RIGHT = 150;
const BAR = 16;
const GAP = 3;
const GROUP_GAP = 18;
const HEAD = 34;
const TOP = 64;
const BOTTOM = 16;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .group { font-weight: 600; }
    .quiet { fill: #57606a; }
    .own { fill: #0a7d5c; } .peer { fill: #8c6bb1; } .limit { fill: none; stroke: #57606a; stroke-dasharray: 4 3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .quiet { fill: #9da7b1; }
      .own { fill: #3fb98f; } .peer { fill: #b79be0; } .limit { stroke: #9da7b1; }
    }`;

/**
 * @param groups  `[{ label, unit, less, bars: [{ kind: "own" | "peer" | "limit", who, value, text }] }]`; `less`: shorter is
 *   better
 */
export function barChart({ title, subtitle, groups }) {
  const height = TOP + BOTTOM + groups.reduce((sum, { bars }) => sum + HEAD + bars.length * (BAR + GAP) + GROUP_GAP, 0);
  let y = TOP;
  const drawn = groups.map((group) => {
    const at = y;
    y += HEAD + group.bars.length * (BAR + GAP) + GROUP_GAP;
    return drawGroup(group, at);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
  <title id="title">${escaped(title)}</title>
  <desc id="desc">${escaped(groups.map(inWords).join(" "))}</desc>
  <style>${STYLE}
  </style>
  <text class="title" x="16" y="28">${escaped(title)}</text>
  <text class="quiet" x="16" y="50">${escaped(subtitle)}</text>
${drawn.join("\n")}
</svg>
`;
}

function drawGroup({ label, unit, less, bars }, top) {
  const most = Math.max(...bars.map(({ value }) => value));
  const head = `  <text class="group" x="16" y="${top + 20}">${escaped(label)}</text>
  <text class="quiet" x="${LEFT}" y="${top + 20}">${escaped(unit)}${less ? ", shorter is better" : ""}</text>`;
  const lines = bars.map(({ kind, who, value, text }, i) => {
    const y = top + HEAD + i * (BAR + GAP);
    const length = Math.max(1, ((WIDTH - LEFT - RIGHT) * value) / most);
    return `  <text class="${kind === "own" ? "group" : "quiet"}" x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escaped(who)}</text>
  <rect class="${kind}" x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>
  <text x="${(LEFT + length + 8).toFixed(1)}" y="${y + 13}">${escaped(text)}</text>`;
  });
  return [head, ...lines].join("\n");
}

const inWords = ({ label, unit, bars }) =>
  `${label}, ${unit}: ${bars.map(({ who, text }) => `${who} ${text}`).join(", ")}.`;

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
