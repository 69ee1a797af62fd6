"""From a CSV to its story: what each column holds, and what stands out. The result has the shape the demo's pages show."""

import csv
import io
import math
import os
import re
import statistics
from collections import Counter

MOST_BYTES = 20 * 1024 * 1024
MOST_COLUMNS = 200
MOST_POINTS = 300
BARS = 12
BINS = 24
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
BOOLEAN = {"true", "false", "yes", "no"}
#: Share of the whole job that lies behind when a stage begins: uploading 1, analyzing 5, generating 1, visualizing 1.
ANALYZING_FROM, GENERATING_FROM, VISUALIZING_FROM = 12.5, 75.0, 87.5


class BadFile(Exception):
    """The file is to blame; the message tells its owner what to do."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def read_text(given, root: str | None) -> tuple[str, str]:
    """The text of the input and the file's name."""
    if not isinstance(given, dict):
        raise BadFile("not_a_csv", "There is no file in this job.")
    if isinstance(given.get("text"), str):
        return given["text"].removeprefix("\ufeff"), str(given.get("name") or "table.csv")
    path = given.get("path")
    if not isinstance(path, str):
        raise BadFile("file_not_found", "There is no file in this job.")
    if root is not None and os.path.commonpath([root, os.path.realpath(path)]) != root:
        raise BadFile("file_not_readable", "The file is not where files may be read.")
    name = os.path.basename(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise BadFile("file_not_found", f"The file {name} is not there any more. Upload it again.") from error
    except OSError as error:
        raise BadFile("file_not_readable", f"The file {name} could not be read.") from error
    if len(data) > MOST_BYTES:
        raise BadFile("too_large", "The file is larger than 20 MB.")
    if b"\0" in data:
        raise BadFile("not_a_csv", f"{name} is not a text file. Save the table as CSV and upload that.")
    try:
        return data.decode("utf-8-sig"), name
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), name


def analyse(text: str, name: str, stage, progress):
    header, rows = read_rows(text)
    stage("analyzing")
    columns = []
    for i, title in enumerate(header):
        columns.append(describe(title, [row[i].strip() for row in rows]))
        share = (i + 1) / len(header)
        span = GENERATING_FROM - ANALYZING_FROM
        progress(ANALYZING_FROM + span * share, f"Column {i + 1} of {len(header)}")
    stage("generating")
    findings = find(columns)
    stage("visualizing")
    for i, column in enumerate(columns):
        column["facts"]["chart"] = chart_of(column)
        progress(VISUALIZING_FROM + (99 - VISUALIZING_FROM) * (i + 1) / len(columns), "Drawing")
    outstanding = f"{len(findings)} {'thing stands' if len(findings) == 1 else 'things stand'} out."
    size = f"{len(rows):,} rows in {len(header)} columns."
    return {
        "title": findings[0]["title"] if findings else "Nothing stands out",
        "lede": f"{size} {outstanding}" if findings else f"{size} The columns are described below.",
        "file": {"name": name, "bytes": len(text.encode())},
        "rows": len(rows),
        "columns": [column["facts"] for column in columns],
        "findings": findings,
        "notes": [f"{c['facts']['name']} is empty in {c['facts']['missing']:,} rows." for c in columns if c["facts"]["missing"]],
    }


def read_rows(text: str) -> tuple[list[str], list[list[str]]]:
    if not text.strip():
        raise BadFile("empty_file", "The file is empty.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))]
    except csv.Error as error:
        raise BadFile("not_a_csv", "The file is not a table of comma-separated values.") from error
    header, rows = table[0], table[1:]
    if not rows:
        raise BadFile("no_rows", "The file has a header, but no rows below it.")
    if len(header) > MOST_COLUMNS:
        raise BadFile("too_many_columns", f"The file has more than {MOST_COLUMNS} columns.")
    uneven = [i for i, row in enumerate(rows) if len(row) != len(header)]
    if len(uneven) > len(rows) * 0.05:
        line = uneven[0] + 2
        raise BadFile("uneven_rows", f"Row {line} has {len(rows[uneven[0]])} cells, but the header has {len(header)}.")
    even = [row[: len(header)] + [""] * (len(header) - len(row)) for row in rows]
    return [title.strip()[:128] or f"Column {i + 1}" for i, title in enumerate(header)], even


def describe(title: str, cells: list[str]):
    """The facts of a column as the page shows them, and its values for the search."""
    filled = [cell for cell in cells if cell != ""]
    base = {"name": title, "missing": len(cells) - len(filled), "chart": None}
    if not filled:
        return {"facts": {**base, "type": "empty"}, "values": cells}
    numbers = [number_of(cell) for cell in cells]
    finite = [number for number in numbers if number is not None]
    if len(finite) >= 2 and len(finite) >= 0.95 * len(filled):
        return {"facts": {**base, "type": "number", **number_facts(finite, filled)}, "values": numbers}
    counts = Counter(filled)
    if sum(1 for cell in filled if DATE.match(cell)) == len(filled):
        days = sorted(cell[:10] for cell in filled)
        facts = {
            "precision": "day",
            "unreadable": 0,
            "distinct": len(counts),
            "first": f"{days[0]}T00:00:00.000Z",
            "last": f"{days[-1]}T00:00:00.000Z",
            "step": None,
            "gaps": None,
        }
        return {"facts": {**base, "type": "date", **facts}, "values": cells}
    kind = "text" if len(counts) > 50 else "category"
    if {cell.lower() for cell in counts} <= BOOLEAN:
        kind = "boolean"
    top = [{"value": value[:80], "count": count} for value, count in counts.most_common(5)]
    return {"facts": {**base, "type": kind, "distinct": len(counts), "top": top}, "values": cells, "counts": counts}


def number_of(cell: str) -> float | None:
    number = float(cell) if NUMBER.fullmatch(cell) else math.nan
    return number if math.isfinite(number) else None


def number_facts(finite: list[float], filled: list[str]):
    low, middle, high = statistics.quantiles(finite, n=4, method="inclusive")
    try:
        mean, spread = statistics.fmean(finite), statistics.stdev(finite)
    except OverflowError:
        mean, spread = None, None
    return {
        "unit": None,
        "decimals": max(len(cell.partition(".")[2]) if "e" not in cell.lower() else 0 for cell in filled),
        "unreadable": len(filled) - len(finite),
        "distinct": len(set(finite)),
        "zeros": sum(1 for number in finite if number == 0),
        "min": min(finite),
        "lowerQuarter": low,
        "median": middle,
        "upperQuarter": high,
        "max": max(finite),
        "mean": mean,
        "spread": spread,
    }


def find(columns):
    numeric = [c for c in columns if c["facts"]["type"] == "number" and c["facts"]["spread"]]
    groups = [c for c in columns if c["facts"]["type"] == "category" and 2 <= c["facts"]["distinct"] <= 20]
    found = [*together(numeric), *differences(numeric, groups), *balances(groups)]
    found.sort(key=lambda finding: -finding.pop("strength"))
    return found[:5]


def together(numeric):
    """Pairs of columns that rise and fall with each other (Pearson)."""
    for i, a in enumerate(numeric[:12]):
        for b in numeric[i + 1 : 12]:
            pairs = [(x, y) for x, y in zip(a["values"], b["values"]) if x is not None and y is not None]
            if len(pairs) < 10 or len({x for x, _ in pairs}) < 3 or len({y for _, y in pairs}) < 3:
                continue
            r = statistics.correlation([x for x, _ in pairs], [y for _, y in pairs])
            if abs(r) < 0.6:
                continue
            names = (a["facts"]["name"], b["facts"]["name"])
            way = "rises" if r > 0 else "falls"
            step = max(1, len(pairs) // MOST_POINTS)
            yield {
                "strength": abs(r),
                "kind": "together",
                "title": f"{names[1]} {way} with {names[0]}",
                "text": f"Over {len(pairs):,} rows the correlation of {names[0]} and {names[1]} is {r:.2f}.",
                "how": "Pearson's correlation of the two columns, rows with both values.",
                "chart": {
                    "type": "points",
                    "title": f"{names[0]} and {names[1]}",
                    "x": names[0],
                    "y": names[1],
                    "joined": False,
                    "points": [list(pair) for pair in pairs[::step]][:MOST_POINTS],
                },
            }


def differences(numeric, groups):
    """Groups whose means lie far apart, measured in standard deviations."""
    for number in numeric[:12]:
        for group in groups[:6]:
            members: dict[str, list[float]] = {}
            for value, label in zip(number["values"], group["values"]):
                if value is not None and label != "":
                    members.setdefault(label, []).append(value)
            means = {label: statistics.fmean(values) for label, values in members.items() if len(values) >= 5}
            if len(means) < 2:
                continue
            high, low = max(means, key=means.get), min(means, key=means.get)
            apart = (means[high] - means[low]) / number["facts"]["spread"]
            if apart < 1:
                continue
            name, by = number["facts"]["name"], group["facts"]["name"]
            ranked = sorted(means.items(), key=lambda item: -item[1])[:BARS]
            yield {
                "strength": min(0.95, apart / 4),
                "kind": "groups",
                "title": f"{name} is highest where {by} is {high}",
                "text": f"It is {means[high]:,.4g} on average there, and {means[low]:,.4g} where {by} is {low}.",
                "how": f"Means of {name} by {by}, groups of at least 5 rows.",
                "chart": bars(f"Mean of {name} by {by}", ranked),
            }


def balances(groups):
    """A value that most rows have."""
    for group in groups:
        (value, count), total = group["counts"].most_common(1)[0], group["counts"].total()
        if count < 0.6 * total:
            continue
        name = group["facts"]["name"]
        yield {
            "strength": 0.5 * count / total,
            "kind": "balance",
            "title": f"Most rows have {value} as {name}",
            "text": f"{count:,} of {total:,} rows ({count / total:.0%}).",
            "how": f"Counts of the values of {name}.",
            "chart": bars(f"Rows by {name}", group["counts"].most_common(BARS)),
        }


def chart_of(column):
    facts = column["facts"]
    if facts["type"] in ("category", "boolean"):
        return bars(f"Rows by {facts['name']}", column["counts"].most_common(BARS))
    if facts["type"] != "number" or facts["max"] == facts["min"]:
        return None
    width = (facts["max"] - facts["min"]) / BINS
    if not math.isfinite(width) or width <= 0:
        return None
    counts = [0] * BINS
    for value in column["values"]:
        if value is not None:
            counts[min(BINS - 1, int((value - facts["min"]) / width))] += 1
    edges = [f"{facts['min'] + width * i:,.4g} to {facts['min'] + width * (i + 1):,.4g}" for i in range(BINS)]
    return bars(f"Rows by {facts['name']}", list(zip(edges, counts)))


def bars(title: str, pairs):
    return {"type": "bars", "title": title, "labels": [str(label)[:40] for label, _ in pairs], "values": [v for _, v in pairs]}
