/** `waymark migrate`: brings the schema up to date, or prints the SQL that would. */
import { isWaymarkError, WaymarkError } from "../../core/errors.js";
import { isPostgresUrl } from "../../open-store.js";
import { printMigrations } from "../../stores/migrate.js";
import { printPostgresMigrations } from "../../stores/postgres/store.js";
import { MIGRATIONS } from "../../stores/sqlite/migrations.js";
import type { Command, Context } from "../command.js";
import { CliError, EXIT } from "../errors.js";

export const migrate: Command = {
  name: "migrate",
  summary: "bring the schema up to date",
  args: [],
  about:
    "Brings the schema of the store up to date; a SQLite file that is missing is made. With --print nothing is touched and nothing is connected to: the SQL is printed, for people who apply it with tools of their own.",
  options: {
    print: { type: "boolean", about: "print the SQL instead" },
    from: { type: "string", value: "VERSION", about: "with --print: leave out what that version has (default 0)" },
  },
  run: async (context) => {
    const { screen, json } = context;
    if (context.flag("print")) {
      const sql = sqlFor(context);
      if (json) await screen.json({ sql });
      else await screen.verbatim(sql);
      return EXIT.ok;
    }
    const found = await outdated(context);
    if (found !== null) await context.open({ migrate: "auto" });
    if (json) await screen.json({ changed: found !== null });
    else await screen.line(found === null ? "The schema is up to date already." : "The schema is up to date now.");
    return EXIT.ok;
  },
};

/** What is missing; null when nothing is. */
async function outdated(context: Context): Promise<"schema" | "file" | null> {
  try {
    await context.open();
    return null;
  } catch (error) {
    if (isWaymarkError(error, "schema_outdated")) return "schema";
    if (error instanceof CliError && error.code === "store_missing") return "file";
    throw error;
  }
}

function sqlFor(context: Context): string {
  const url = context.storeUrl();
  const from = context.wholeNumber("from", 0) ?? 0;
  if (url.startsWith("sqlite:")) return printMigrations(MIGRATIONS, from);
  if (isPostgresUrl(url)) {
    const schema = context.storeOptions()["schema"] as string | undefined;
    return printPostgresMigrations(schema, undefined, from);
  }
  throw new WaymarkError("invalid_store_url", { given: JSON.stringify(url.replace(/:\/\/[^@]*@/, "://…@")) });
}
