/**
 * The names of everything the store owns in the database. Schema and prefix are the only texts that ever become part of
 * a statement, so they are checked here, once, and quoted; everything else is bound.
 */
import { WaymarkError } from "../../core/errors.js";

const SAFE = /^[a-z_][a-z0-9_]{0,47}$/;

export interface Names {
  readonly schema: string;
  readonly prefix: string;
  /** The quoted schema. */
  readonly home: string;
  /** A table or index, quoted and with its schema. */
  readonly table: (name: string) => string;
  /** The quoted name alone, as `create index` wants it. */
  readonly local: (name: string) => string;
  /** The channel of NOTIFY: one for each schema and prefix, short enough for PostgreSQL. */
  readonly channel: string;
}

/** @throws {WaymarkError} `invalid_option` for a name that is not safe to quote */
export function namesOf(schema = "waymark", prefix = ""): Names {
  if (!SAFE.test(schema)) throw unsafe("schema");
  if (prefix !== "" && !SAFE.test(prefix)) throw unsafe("prefix");
  const local = (name: string): string => `"${prefix}${name}"`;
  const home = `"${schema}"`;
  const channel = `waymark_${checksum(`${schema}.${prefix}`)}`;
  return { schema, prefix, home, local, channel, table: (name) => `${home}.${local(name)}` };
}

function unsafe(option: string): WaymarkError {
  const problem = "use at most 48 of a–z, 0–9 and _, and do not begin with a digit";
  return new WaymarkError("invalid_option", { option, problem });
}

/** FNV-1a, 32 bits, as hex: tells texts apart where a whole one would be too long. Not for secrets. */
export function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
