/** Where log lines go. Four methods, so that pino and console fit as they are. */

export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Goes nowhere. */
const drop = (): void => {};

/** Says nothing. */
export const silentLogger: Logger = { debug: drop, info: drop, warn: drop, error: drop };

/** Whether lines of this level go anywhere, as far as can be told: then they are not even made. */
export function speaks(logger: Logger, level: keyof Logger): boolean {
  return logger[level] !== drop;
}

/** C1 controls, line separators and marks that turn the reading direction: JSON leaves them, a terminal may obey them. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const line = (level: string, message: string, fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ level, message, ...fields }).replace(
    UNSAFE,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The default: one JSON object a line on standard error, warnings and errors only. */
export const warningLogger: Logger = {
  debug: drop,
  info: drop,
  warn: (fields, message) => console.error(line("warn", message, fields)),
  error: (fields, message) => console.error(line("error", message, fields)),
};
