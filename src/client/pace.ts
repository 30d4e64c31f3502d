/**
 * How long a download may take: a deadline for the whole file and a least rate, so that a source that sends one
 * byte every three seconds cannot keep a client waiting.
 * @module
 */
import type { HttpChunk } from "./httpFetcher.ts";

/** Time, as a download sees it. Tests have their own. */
export interface Timer {
  /** Milliseconds since some instant; never goes back. */
  now(): number;
  /** Calls back once, after `ms` milliseconds; the answer cancels that. */
  after(ms: number, callback: () => void): () => void;
}

/** The runtime's timer. */
export const systemTimer: Timer = {
  now: () => performance.now(),
  after(ms, callback) {
    const id = setTimeout(callback, ms);
    return () => clearTimeout(id);
  },
};

/** How patient a download is. */
export interface PaceLimits {
  /** Longest time for the whole file, waiting and retries included, in milliseconds. */
  readonly deadlineMs: number;
  /** Least bytes per second of waiting, judged once in every `graceMs`. */
  readonly minBytesPerSecond: number;
  /** Milliseconds of waiting after which the rate is judged, and judged again. */
  readonly graceMs: number;
}

/** The source took too long: this ends a download and is not tried again. */
export class TooSlow extends Error {}

/** One operation took too long: it may be tried again. */
export class TimedOut extends Error {}

/** The patience of one download. Only time spent in {@link Pace.wait} and {@link Pace.read} counts toward the rate. */
export class Pace {
  readonly #timer: Timer;
  readonly #limits: PaceLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #end: number;
  /** Milliseconds waited for, and bytes received, since the rate was last judged. */
  #waited = 0;
  #received = 0;

  constructor(timer: Timer, limits: PaceLimits, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#timer = timer;
    this.#limits = limits;
    this.#signal = signal;
    this.#end = timer.now() + limits.deadlineMs;
  }

  /** Waits for `work`, at most `ms`. @throws TooSlow, TimedOut, the signal's reason */
  async wait<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
    const answer = await this.#race(work, Math.min(ms, this.#leftFor(work)));
    if (answer !== undefined) return answer.value;
    this.left();
    throw new TimedOut(`no ${what} within ${ms / 1000} s`);
  }

  /** Lets `ms` pass. @throws the signal's reason */
  async pause(ms: number): Promise<void> {
    await this.#race(new Promise<never>(() => {}), ms);
  }

  /** Waits for the next piece of a body. @throws TooSlow, the signal's reason */
  async read(work: Promise<HttpChunk>): Promise<Uint8Array | undefined> {
    const { graceMs, minBytesPerSecond } = this.#limits;
    for (;;) {
      const begun = this.#timer.now();
      const answer = await this.#race(work, Math.min(graceMs - this.#waited, this.#leftFor(work)));
      const chunk = answer?.value;
      if (chunk?.done) return undefined;
      this.#waited += this.#timer.now() - begun;
      this.#received += chunk?.value?.length ?? 0;
      this.left();
      if (this.#waited >= graceMs) {
        if (this.#received * 1000 < minBytesPerSecond * this.#waited) {
          throw new TooSlow(`fewer than ${minBytesPerSecond} bytes a second`);
        }
        this.#waited = 0;
        this.#received = 0;
      }
      if (chunk !== undefined) return chunk.value;
    }
  }

  /** Milliseconds until the deadline. @throws TooSlow when it has passed */
  left(): number {
    const left = this.#end - this.#timer.now();
    if (left <= 0) throw new TooSlow(`not finished within ${this.#limits.deadlineMs / 1000} s`);
    return left;
  }

  #leftFor(work: Promise<unknown>): number {
    // If there is none left, nobody will see how the work ends.
    work.catch(() => undefined);
    return this.left();
  }

  // Not Promise.race: that would keep every answer alive for as long as the signal lives.
  #race<T>(work: Promise<T>, ms: number): Promise<{ readonly value: T } | undefined> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => end(() => reject(signal?.reason));
      const cancel = this.#timer.after(ms, () => end(() => resolve(undefined)));
      function end(settle: () => void): void {
        cancel();
        signal?.removeEventListener("abort", onAbort);
        settle();
      }
      work.then(
        (value) => end(() => resolve({ value })),
        (error: unknown) => end(() => reject(error)),
      );
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort);
    });
  }
}
