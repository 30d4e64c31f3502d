/**
 * Targets as CSV (RFC 4180): `path,length,sha256` and, if there is more to say of one, a JSON object. Read from chunks
 * of any size; every position is a byte offset at which reading can begin again.
 *
 * Strict where the RFC leaves room: lines end with LF or CRLF, an empty line is an error, a quote stands only around a
 * whole field or doubled within one. A first line of just these names is a header; a byte order mark before it is
 * passed over.
 * @module
 */
import { type JsonValue, parseJson } from "../../document/json.ts";
import { concatBytes } from "../../encoding/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import type { TargetFile } from "../../vocabulary/types.ts";
import type { TargetChange } from "../changes.ts";
import { CUSTOM_MAX_DEPTH } from "../target.ts";
import {
  COLUMNS,
  countLines,
  isHeaderLine,
  LF,
  oneCase,
  plainFields,
  utf8Length,
  wellFormedLines,
  wholeNumber,
} from "./csvText.ts";

/** Where reading begins. */
export interface CsvStart {
  /** Byte offset of the first chunk in the source; the beginning of a line. Default 0. */
  readonly position?: number;
  /** The number of that line. Default 1. */
  readonly line?: number;
}

/** Largest record, in bytes. */
const RECORD_MAX_BYTES = 1_048_576;
const BOM_BYTES = 3;
const EMPTY = new Uint8Array(0);

/** Reads targets from chunks that follow each other. After it has thrown it cannot be used again. */
export class CsvReader {
  readonly #source: string;
  #position: number;
  #nextLine: number;
  #line: number;
  #rest: Uint8Array = EMPTY;

  /** @param source names the text in messages */
  constructor(source: string, { position = 0, line = 1 }: CsvStart = {}) {
    this.#source = source;
    this.#position = position;
    this.#nextLine = line;
    this.#line = line;
  }

  /** Byte offset of the line after the last change that was given. */
  get position(): number {
    return this.#position;
  }

  /** The number of the line on which the last change that was given begins. */
  get line(): number {
    return this.#line;
  }

  /** The changes whose lines end in the next chunk, which is not kept. @throws ERR_INPUT with the line */
  *read(chunk: Uint8Array): Generator<TargetChange, void, undefined> {
    const cut = chunk.lastIndexOf(LF) + 1;
    let rest = concatBytes(this.#rest, chunk);
    if (cut > 0) {
      const used = yield* this.#block(rest.subarray(0, this.#rest.length + cut), false);
      rest = rest.slice(used);
    }
    if (rest.length > RECORD_MAX_BYTES) this.#refuse(TOO_LONG);
    this.#rest = rest;
  }

  /** The change of a last line that has no end. @throws ERR_INPUT */
  *end(): Generator<TargetChange, void, undefined> {
    yield* this.#block(this.#rest, true);
    this.#rest = EMPTY;
  }

  /** An error about the change that was given last, with its line; any other error as it is. */
  located(error: unknown): unknown {
    if (!(error instanceof TufLdError) || error.code !== "ERR_INPUT") return error;
    const { source, reason } = error.details as { readonly source: string; readonly reason: string };
    if (source === this.#source) return error;
    return this.#refusal(this.#line, `${JSON.stringify(source.slice(0, 200))}: ${reason}`, error);
  }

  /** @returns how many bytes make whole records */
  *#block(bytes: Uint8Array, last: boolean): Generator<TargetChange, number, undefined> {
    const text = this.#decode(bytes);
    if (text === undefined) {
      const good = wellFormedLines(bytes);
      yield* this.#block(bytes.subarray(0, good), false);
      return this.#refuse("it is not UTF-8");
    }
    const begin = this.#position;
    const oneByteEach = text.length === bytes.length;
    let at = 0;
    if (begin === 0 && text.startsWith("\ufeff")) {
      at = 1;
      this.#position += BOM_BYTES;
    }
    let quote = text.indexOf('"', at);
    while (at < text.length) {
      let next = text.indexOf("\n", at) + 1;
      if (next === 0) next = text.length;
      if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
      let fields: readonly string[];
      let lines = 1;
      if (quote >= 0 && quote < next) {
        const record = this.#quoted(text, at, last);
        if (record === undefined) break;
        fields = record.fields;
        next = record.next;
        lines = countLines(text, at, next);
      } else fields = plainFields(text, at, next);
      if (next - at > RECORD_MAX_BYTES) this.#refuse(TOO_LONG);
      const isHeader = this.#position <= BOM_BYTES && this.#nextLine === 1 && isHeaderLine(fields);
      const change = isHeader ? undefined : this.#change(fields);
      this.#position += oneByteEach ? next - at : utf8Length(text, at, next);
      this.#line = this.#nextLine;
      this.#nextLine += lines;
      at = next;
      if (change !== undefined) yield change;
    }
    return this.#position - begin;
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return decodeUtf8(bytes, true);
    } catch {
      return undefined;
    }
  }

  /** A record with quotes in it; `undefined` if it goes on after this text. */
  #quoted(
    text: string,
    start: number,
    last: boolean,
  ): { readonly fields: string[]; readonly next: number } | undefined {
    const fields: string[] = [];
    for (let at = start; ; at++) {
      let value = "";
      if (text[at] === '"') {
        for (let from = at + 1; ; from = at + 1) {
          at = text.indexOf('"', from);
          if (at < 0) return last ? this.#refuse("a quoted field has no end") : undefined;
          value += text.slice(from, at++);
          if (text[at] !== '"') break;
          value += '"';
        }
        if (text[at] === "\r" && text[at + 1] === "\n") at++;
      } else {
        const from = at;
        while (at < text.length && text[at] !== "," && text[at] !== "\n") at++;
        const end = text[at] === "\n" && text[at - 1] === "\r" ? at - 1 : at;
        value = text.slice(from, Math.max(from, end));
        if (value.includes('"')) this.#refuse("a quote stands in a field that is not quoted");
      }
      if (fields.push(value) > COLUMNS.length) this.#refuse(columns("more"));
      if (at >= text.length) return { fields, next: at };
      if (text[at] === "\n") return { fields, next: at + 1 };
      if (text[at] !== ",") this.#refuse("something follows the quote that ends a field");
    }
  }

  #change(fields: readonly string[]): TargetChange {
    // Not taken apart by a pattern, which asks for an iterator each time.
    const path = fields[0] ?? "";
    const length = fields[1] ?? "";
    const sha256 = oneCase(fields[2] ?? "");
    const custom = fields[3] ?? "";
    if (fields.length < 3)
      this.#refuse(
        fields.length === 1 && path === "" ? "it is empty" : columns("fewer") + separatorIn(fields),
      );
    if (fields.length > COLUMNS.length) this.#refuse(columns("more"));
    const size = wholeNumber(length);
    if (size === undefined) this.#refuse(`its length ${shown(length)} is not a whole number of bytes`);
    const target: TargetFile = { length: size, hashes: { sha256 } };
    return { path, target: custom === "" ? target : { ...target, custom: this.#custom(custom) } };
  }

  #custom(text: string): Readonly<Record<string, JsonValue>> {
    let value: JsonValue;
    try {
      value = parseJson(encodeUtf8(text), { maxBytes: RECORD_MAX_BYTES, maxDepth: CUSTOM_MAX_DEPTH });
    } catch (error) {
      return this.#refuse(`its custom JSON ${shown(text)}: ${(error as Error).message}`, error);
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    return this.#refuse(`its custom JSON ${shown(text)} is not an object`);
  }

  #refuse(reason: string, cause?: unknown): never {
    throw this.#refusal(this.#nextLine, reason, cause);
  }

  #refusal(line: number, reason: string, cause?: unknown): TufLdError<"ERR_INPUT"> {
    const source = this.#source;
    const message = `${source}: line ${line}: ${reason}`;
    return new TufLdError(
      "ERR_INPUT",
      message,
      { source, reason: `line ${line}: ${reason}` },
      cause === undefined ? {} : { cause },
    );
  }
}

/** The changes in all chunks. @throws ERR_INPUT */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader: CsvReader,
): AsyncGenerator<TargetChange, void, undefined> {
  for await (const chunk of chunks) yield* reader.read(chunk);
  yield* reader.end();
}

const TOO_LONG = `it is longer than ${RECORD_MAX_BYTES} bytes, or a quote in it has no end`;

function columns(how: string): string {
  return `it has ${how} fields than path,length,sha256 and perhaps custom`;
}

/** What seems to stand in the place of commas. */
function separatorIn(fields: readonly string[]): string {
  const found = [";", "\t", "|"].find(
    (each) => fields.length === 1 && (fields[0] ?? "").split(each).length >= 3,
  );
  return found === undefined
    ? ""
    : `; its separator seems to be ${JSON.stringify(found)}, and here it is ","`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
