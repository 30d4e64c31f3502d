/// <reference types="node" />
/**
 * One run of a command that changes a repository: what ends it, and what it tells on the way.
 * @module
 */
import { Bar, barWanted } from "./bar.ts";
import type { FolderOptions } from "./folderOptions.ts";
import { interruption } from "./interruption.ts";
import { printable } from "./output.ts";

/** What such a command works with. */
export interface Work {
  /** Aborted by Ctrl-C, with the error that the command then ends with. */
  readonly signal: AbortSignal;
  readonly bar: Bar;
  /** Tells a person something, unless `--quiet`. */
  note(text: string): void;
}

/** Runs the work of a command; whatever an interruption broke on its way out, the interruption is why it ended. */
export async function withWork<T>(
  options: Pick<FolderOptions, "quiet" | "json">,
  work: (work: Work) => Promise<T>,
): Promise<T> {
  const signal = interruption();
  const bar = new Bar(barWanted(options));
  const note = (text: string): void => {
    if (options.quiet !== true) bar.note(printable(text));
  };
  try {
    const result = await work({ signal, bar, note });
    signal.throwIfAborted();
    return result;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    bar.stop();
  }
}
