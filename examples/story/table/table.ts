/** What reading a CSV file gives: columns of text cells as they stand in the file, and facts about the file itself. */

export interface FileFacts {
  /** The file's name without its folders. */
  readonly name: string;
  readonly bytes: number;
  readonly delimiter: Delimiter;
  /** Rows that had fewer or more cells than there are columns. Missing cells read as empty, surplus ones are dropped. */
  readonly unevenRows: number;
  /** False when the first row already was data, so that the columns were numbered. */
  readonly hasHeader: boolean;
}
export type Delimiter = "," | ";" | "\t" | "|";

export interface TextColumn {
  readonly name: string;
  /** One cell a row, trimmed; empty text where the file has nothing. */
  readonly cells: readonly string[];
}

export interface Table {
  readonly file: FileFacts;
  /** Data rows, the header not counted. */
  readonly rows: number;
  readonly columns: readonly TextColumn[];
}
