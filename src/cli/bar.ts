/// <reference types="node" />
/**
 * A bar on stderr that is drawn over itself. Nothing of it reaches a pipe or a file.
 * @module
 */
import { printable } from "./output.ts";

/** How often the bar is drawn, in milliseconds. */
const FRAME_MS = 100;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\u001b[K";

/** One line on a terminal that says how far something is. */
export class Bar {
  readonly #shown: boolean;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  /** @param shown false for a bar that is never drawn */
  constructor(shown: boolean, now: () => number = () => performance.now()) {
    this.#shown = shown;
    this.#now = now;
  }

  /**
   * Draws the bar if it is time to.
   *
   * @param frame the share that is done, from 0 to 1, or `undefined` where the end is not known; and what to say
   */
  draw(frame: () => readonly [share: number | undefined, text: string]): void {
    if (!this.#shown || this.#now() - this.#drawnAt < FRAME_MS) return;
    this.#drawnAt = this.#now();
    this.#drawn = true;
    const [share, text] = frame();
    const line = printable(share === undefined ? text : `${barOf(share)} ${text}`);
    process.stderr.write(CLEAR_LINE + line.slice(0, (process.stderr.columns ?? 80) - 1));
  }

  /** Writes a line to stderr, above the bar. */
  note(line: string): void {
    this.stop();
    process.stderr.write(`${line}\n`);
  }

  /** Takes the bar away. */
  stop(): void {
    if (this.#drawn) process.stderr.write(CLEAR_LINE);
    this.#drawn = false;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}

/** Whether a command should show a bar: to a person who did not ask for quiet. */
export function barWanted({ quiet, json }: { readonly quiet?: boolean; readonly json?: boolean }): boolean {
  return quiet !== true && json !== true && process.stderr.isTTY === true;
}

function barOf(share: number): string {
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)}%`;
}
