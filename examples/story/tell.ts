/** Makes sentences of discoveries: what was found, with its figures, and how, so that a reader can find it again. */
import type { Discovery } from "./discover/discovery.js";
import { FEW_YEARS } from "./discover/trend.js";
import type { Finding } from "./story.js";
import { capital, figure, inLetters, list, MONTHS, meanOf, percent, count as rowsOf } from "./words.js";

type Words = Pick<Finding, "title" | "text" | "how">;
type Of<K extends Discovery["kind"]> = Extract<Discovery, { kind: K }>;

export const NOTHING_STANDS_OUT = "No finding stands out";

export function tell(discovery: Discovery): Words {
  switch (discovery.kind) {
    case "trend":
      return trend(discovery);
    case "season":
      return season(discovery);
    case "groups":
      return groups(discovery);
    case "concentration":
      return concentration(discovery);
    case "together":
      return together(discovery);
    case "balance":
      return balance(discovery);
  }
}

function trend({ column, date, years, steady }: Of<"trend">): Words {
  const first = years[0] ?? { year: 0, mean: 0 };
  const last = years.at(-1) ?? first;
  const up = last.mean > first.mean;
  const few = years.length < FEW_YEARS;
  const moved = `The mean of ${column.name} ${up ? "rose" : "fell"} from ${meanOf(column, first.mean)} in ${first.year} to ${meanOf(column, last.mean)} in ${last.year}.`;
  return {
    title: steady
      ? `${column.name} ${up ? "rises" : "falls"} with every year`
      : `${column.name} ${up ? "rises" : "falls"} over the years`,
    text: few ? `${moved} ${capital(inLetters(years.length))} years are too few to speak of a trend.` : moved,
    how: `Mean of ${column.name} by ${part("year", date)}.`,
  };
}

function season({ column, date, means, againstLevel, years, also }: Of<"season">): Words {
  const high = againstLevel.indexOf(Math.max(...againstLevel));
  const low = againstLevel.indexOf(Math.min(...againstLevel));
  const plain = means[high] === Math.max(...means) && means[low] === Math.min(...means);
  const size = (month: number): string =>
    meanOf(column, plain ? (means[month] ?? 0) : Math.abs(againstLevel[month] ?? 0));
  const alike = also.length > 0 ? ` ${list(also, 3)} ${also.length === 1 ? "goes" : "go"} with the months too.` : "";
  const over = `over ${inLetters(years)} whole years`;
  return {
    title: `${column.name} goes with the seasons`,
    text: plain
      ? `It is highest in ${MONTHS[high]}, ${size(high)} on average, and lowest in ${MONTHS[low]} with ${size(low)}.${alike}`
      : `It is highest in ${MONTHS[high]}, ${size(high)} above the level of the year, and lowest in ${MONTHS[low]}, ${size(low)} below it.${alike}`,
    how: `Mean of ${column.name} by ${part("month", date)}, ${over}${plain ? "" : ", less its rise or fall over the years"}.`,
  };
}

function groups({ column, by, groups: all, share }: Of<"groups">): Words {
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) throw new RangeError("groups without a group");
  const middle =
    all.length > 2 ? ` The other ${inLetters(all.length - 2)} ${all.length === 3 ? "lies" : "lie"} between.` : "";
  return {
    title: `${column.name} depends on ${by}`,
    text: `It is highest for ${first.name}, ${meanOf(column, first.mean)} on average, and lowest for ${last.name} with ${meanOf(column, last.mean)}.${middle}`,
    how: `Mean of ${column.name} by ${by}; ${percent(share)} of its variation lies between the groups.`,
  };
}

function concentration({ column, share, rows, zeros }: Of<"concentration">): Words {
  const most = Math.round(rows / 10);
  const much = share >= 0.995 ? "nearly all" : percent(share);
  const rest = zeros > rows / 2 ? ` More than half of the rows, ${rowsOf(zeros)}, have none.` : "";
  return {
    title: `One row in ten carries ${much} of ${column.name}`,
    text: `The ${rowsOf(most)} rows with the largest values make up ${much} of the whole sum.${rest}`,
    how: `Rows sorted by ${column.name}, largest first, cumulated.`,
  };
}

function together({ a, b, r, rows, sampled, withTime }: Of<"together">): Words {
  const against = r < 0;
  const degree = Math.abs(r) >= 0.8 ? "closely" : "to a degree";
  const title = against ? `Where ${a.name} is high, ${b.name} is low` : `${a.name} and ${b.name} move together`;
  const caution = withTime
    ? "Both follow the date, and that may be all that ties them."
    : "That does not say that one causes the other.";
  const over = sampled ? `a sample of ${rowsOf(rows)} rows` : `${rowsOf(rows)} rows`;
  return {
    title,
    text: `They move ${against ? "against" : "with"} each other ${degree} (correlation ${figure(r, Math.abs(r) >= 0.995 ? 3 : 2, true)}). ${caution}`,
    how: `Pearson correlation of ${a.name} and ${b.name} over ${over}.`,
  };
}

function balance({ column, filled, distinct, top, even }: Of<"balance">): Words {
  const [first = { value: "", count: 0 }, second = { value: "", count: 0 }] = top;
  const how = `Rows counted by ${column}.`;
  if (even) {
    const rest = filled - first.count - second.count;
    return {
      title: `${first.value} and ${second.value} share ${column} almost evenly`,
      text: `${rowsOf(first.count)} rows against ${rowsOf(second.count)}; the other ${inLetters(distinct - 2)} ${distinct === 3 ? "value has" : "values have"} ${rowsOf(rest)} together.`,
      how,
    };
  }
  return {
    title: `Most rows have ${first.value} as ${column}`,
    text: `${rowsOf(first.count)} of ${rowsOf(filled)} rows, ${percent(first.count / filled)}. Next comes ${second.value} with ${rowsOf(second.count)}.`,
    how,
  };
}

/** "month of date"; a column of years that is called year needs no more words. */
function part(name: "year" | "month", date: string): string {
  return date.toLowerCase() === name ? name : `${name} of ${date}`;
}
