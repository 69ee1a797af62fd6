/**
 * Compares the schema that is there with the one that the migrations make: both as lists of named parts with their
 * definitions. Parts that only the database has (an index of one's own) are nobody's business here. Pure.
 */
import { type Finding, problem, well } from "./finding.js";

/** A table's column or an index, named as people know it, with all that must be equal. */
export interface SchemaPart {
  readonly name: string;
  readonly definition: string;
  /** An index that exists but cannot be used: its making was cut off. */
  readonly broken?: boolean;
}

const CHECK = "schema";
const MOST_NAMED = 5;

export function schemaDrift(wanted: readonly SchemaPart[], found: readonly SchemaPart[]): Finding {
  const there = new Map(found.map((part) => [part.name, part]));
  const missing = wanted.filter(({ name }) => !there.has(name));
  const broken = wanted.filter(({ name }) => there.get(name)?.broken === true);
  const different = wanted.filter(({ name, definition }) => {
    const part = there.get(name);
    return part !== undefined && part.broken !== true && part.definition !== definition;
  });
  const told = [
    ...named("missing", missing),
    ...named("broken, so never used", broken),
    ...named("other than the migrations made it", different),
  ];
  if (told.length === 0)
    return well(CHECK, `All ${wanted.length} columns and indexes are as the migrations make them.`);
  const advice =
    "Make them again as waymark migrate --print says; a broken index wants REINDEX. Until then claims may be slow, or fail.";
  return problem(CHECK, `${told.join("; ")}.`, advice);
}

function named(how: string, parts: readonly SchemaPart[]): string[] {
  if (parts.length === 0) return [];
  const names = parts.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = parts.length > MOST_NAMED ? ` and ${parts.length - MOST_NAMED} more` : "";
  return [`${how}: ${names.join(", ")}${more}`];
}
