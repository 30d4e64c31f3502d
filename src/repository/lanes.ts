/**
 * Work on several things at a time.
 * @module
 */

/** Works on so many at once. After a failure nothing is begun and what was begun is waited for: the lock is let go next. */
export async function inLanes<T>(
  all: Iterable<T>,
  count: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  // One iterator for all lanes, so that each thing is taken once.
  const queue = all[Symbol.iterator]();
  let failed = false;
  const lanes = Array.from({ length: Math.max(1, count) }, async () => {
    for (let next = queue.next(); !failed && next.done !== true; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  });
  const failure = (await Promise.allSettled(lanes)).find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
