/**
 * Whether the schema is as the migrations make it. They are run in a schema of another name, inside a transaction that is
 * rolled back, and the two catalogs are compared; so there is no second description of the schema that could be wrong.
 */
import { type Finding, well } from "../../core/finding.js";
import { type SchemaPart, schemaDrift } from "../../core/schema-drift.js";
import type { Driver, SqlExecutor } from "./driver.js";
import { migrationsFor } from "./migrations.js";
import { checksum, type Names, namesOf } from "./names.js";

const COLUMNS = `
select c.relname || '.' || a.attname as name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end as definition
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname like $2 and c.relkind in ('r', 'c') and a.attnum > 0 and not a.attisdropped`;

const INDEXES = `
select 'index ' || i.relname as name, pg_catalog.pg_get_indexdef(x.indexrelid) as definition,
       not (x.indisvalid and x.indisready) as broken
  from pg_catalog.pg_index x
  join pg_catalog.pg_class i on i.oid = x.indexrelid
  join pg_catalog.pg_class c on c.oid = x.indrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname like $2`;

export async function examineSchema(driver: Driver, names: Names): Promise<Finding> {
  const found = await driver.hold((connection) => partsOf(connection, names));
  const wanted = await asMigrated(driver, names);
  if (wanted === null)
    return well("schema", "It was not compared: this role may not create a schema to compare it with.");
  return schemaDrift(wanted, found);
}

/** Null when the role may not. */
async function asMigrated(driver: Driver, { prefix }: Names): Promise<SchemaPart[] | null> {
  const names = namesOf(`waymark_doctor_${checksum(prefix)}_${process.pid}`, prefix);
  return driver.hold(async (connection) => {
    await connection.query("begin");
    try {
      await connection.query("set local statement_timeout = '10s'");
      for (const { sql } of migrationsFor(names)) await connection.query(sql);
      return await partsOf(connection, names);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      // No right to, or a standby.
      if (code === "42501" || code === "25006") return null;
      throw error;
    } finally {
      await connection.query("rollback").catch(() => {});
    }
  });
}

async function partsOf(connection: SqlExecutor, { schema, prefix }: Names): Promise<SchemaPart[]> {
  const ours = [schema, `${prefix.replaceAll("_", "\\_")}%`];
  const { rows: columns } = await connection.query(COLUMNS, ours);
  const { rows: indexes } = await connection.query(INDEXES, ours);
  return [...columns, ...indexes].map((row) => ({
    name: String(row["name"]),
    definition: String(row["definition"]).replaceAll(`${schema}.`, "").replaceAll(`"${schema}".`, ""),
    broken: row["broken"] === true,
  }));
}
