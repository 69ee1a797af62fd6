/** Where log lines go. Four methods, so that pino and console fit as they are. */

export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

const drop = (): void => {};

/** Says nothing. */
export const silentLogger: Logger = { debug: drop, info: drop, warn: drop, error: drop };

/** The default: one JSON object a line on standard error, warnings and errors only. */
export const warningLogger: Logger = {
  debug: drop,
  info: drop,
  warn: (fields, message) => console.error(JSON.stringify({ level: "warn", message, ...fields })),
  error: (fields, message) => console.error(JSON.stringify({ level: "error", message, ...fields })),
};
