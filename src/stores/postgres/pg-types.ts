/** What the store uses of `pg`, an optional dependency whose own types are not there without it. */

export type Row = Record<string, unknown>;
/** A row as it came over the wire: the texts of its columns, in the order of the statement. */
export type RawRow = readonly (string | null)[];

/** Whatever can run a statement: a pool, a client, or a transaction of another library. */
export interface SqlExecutor {
  query(text: string, params?: unknown[]): Promise<{ rows: Row[] }>;
}

export interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  /** Ms; the connection is given up after that. pg takes it with each query, though its types do not say so. */
  readonly query_timeout?: number;
  readonly rowMode?: "array";
  readonly types?: { getTypeParser(): (text: string) => string };
}

/** The socket of a client. */
export interface PgStream {
  readonly writable: boolean;
  cork(): void;
  uncork(): void;
  write(bytes: Buffer): boolean;
  listeners(event: "data"): unknown[];
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
}

/** The wire of a client, as a query of one's own meets it. */
export interface PgConnection {
  readonly stream: PgStream;
  /** The texts of the statements that this connection knows, by name; pg keeps it. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  parse(statement: { readonly name?: string; readonly text: string }): void;
  bind(portal: { readonly statement?: string; readonly values: readonly (string | null)[] }): void;
  execute(portal: Record<string, never>): void;
  sync(): void;
}

/** A query of one's own: pg asks any object for these that has `submit`, as those of pg-cursor and pg-query-stream. */
export interface PgSubmittable {
  readonly name?: string;
  readonly text: string;
  readonly query_timeout?: number;
  /** Wrapped by pg where there is a timeout. */
  callback: (error: Error | null) => void;
  submit(connection: PgConnection): Error | null;
  handleRowDescription(): void;
  handleDataRow(message: { readonly fields: RawRow }): void;
  handlePortalSuspended(): void;
  handleCommandComplete(): void;
  handleEmptyQuery(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

export interface PgClient {
  query(query: string | PgQuery): Promise<{ rows: Row[] }>;
  query(query: PgSubmittable): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: "error", listener: () => void): unknown;
  /** Whether its socket keeps the process alive: it does unless told otherwise. pg's types do not have them. */
  ref?(): void;
  unref?(): void;
  release(error?: boolean): void;
}

/** What pg 8 has inside a client, and promises nobody: whoever looks at it must do without. */
export interface PgInside {
  readonly connection?: Partial<PgConnection>;
  /** Whether no query is under way. */
  readonly readyForQuery?: boolean;
}

/** Of a `pg.Pool`. */
export interface PgPool {
  readonly options?: { readonly max?: number };
  query(query: PgQuery): Promise<{ rows: Row[] }>;
  connect(): Promise<PgClient>;
  end(): Promise<void>;
}

/** Of a client that listens. */
export interface ListenClient {
  connect(): Promise<void>;
  query(text: string, params?: unknown[]): Promise<{ rows: Row[] }>;
  on(event: string, listener: (message: { readonly payload?: string }) => void): unknown;
  end(): Promise<void>;
  ref(): void;
  unref(): void;
}

export interface PgModule {
  readonly Pool: new (config: Record<string, unknown>) => PgPool & { on(event: "error", listener: () => void): void };
  readonly Client: new (config: Record<string, unknown>) => ListenClient;
}
