/**
 * Callers of one process take turns: a queue with a limit on how long anyone waits.
 * @module
 */
import { TufLdError } from "../errors.ts";

/** A queue of callers for one place. */
export interface Turns {
  /** Waits for a turn, at most `waitMs`; the answer ends it. @throws ERR_STORAGE when `waitMs` have passed */
  take(waitMs: number): Promise<() => void>;
}

/** A queue for the place that errors call `path`. */
export function createTurns(path: string): Turns {
  const waiting = new Set<() => void>();
  let taken = false;
  const end = (): void => {
    const [next] = waiting;
    if (next === undefined) taken = false;
    else next();
  };
  return {
    take(waitMs) {
      if (!taken) {
        taken = true;
        return Promise.resolve(once(end));
      }
      return new Promise((resolve, reject) => {
        const begin = (): void => {
          waiting.delete(begin);
          clearTimeout(timer);
          resolve(once(end));
        };
        const timer = setTimeout(() => {
          waiting.delete(begin);
          reject(takenTooLong(path, waitMs, "another caller in this process"));
        }, waitMs);
        waiting.add(begin);
      });
    },
  };
}

/** The error of everyone who waited in vain. */
export function takenTooLong(path: string, waitMs: number, holder: string): TufLdError<"ERR_STORAGE"> {
  const reason = `it is in use by ${holder}, after waiting for ${Math.round(waitMs / 1000)} s`;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
