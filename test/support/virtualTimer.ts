/**
 * Time that passes as soon as everybody waits for it.
 * @module
 */
import type { Timer } from "../../src/client/pace.ts";

/** A timer whose time is moved on by {@link VirtualTimer.run}. */
export class VirtualTimer implements Timer {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + ms, callback };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** How many callbacks are due some time. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Moves time on, from callback to callback, until the work is done; at most 100,000 callbacks. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settle = (): void => {
      done = true;
    };
    work.then(settle, settle);
    for (let fired = 0; fired < 100_000; fired++) {
      for (let turns = 0; turns < 3 && !done; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
      if (done) return work;
      let next: { readonly at: number; readonly callback: () => void } | undefined;
      for (const entry of this.#waiting) if (next === undefined || entry.at < next.at) next = entry;
      if (next === undefined) continue;
      this.#waiting.delete(next);
      this.#now = next.at;
      next.callback();
    }
    throw new Error("the work did not end");
  }
}
