/**
 * Reading a repository as a whole: alone where a lock can be taken, and from a disk that cannot be written without one.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { TIMESTAMP } from "./layout.ts";
import { overlayOf } from "./overlay.ts";
import { isSame, type RepositoryStorage } from "./storage.ts";

/** What an operating system says of a place where nothing can be written, for now at least. */
const UNWRITABLE: ReadonlySet<unknown> = new Set(["EROFS", "EACCES", "EPERM", "ENOSPC", "EDQUOT"]);
/** How often it is read anew because somebody published meanwhile. */
const ATTEMPTS = 5;

/**
 * Runs work that only reads; what it writes goes nowhere.
 *
 * @throws what `work` throws; ERR_STORAGE when the place stays locked for too long
 */
export async function reading<T>(
  storage: RepositoryStorage,
  work: (storage: RepositoryStorage) => Promise<T>,
): Promise<T> {
  try {
    return await storage.exclusive(() => work(overlayOf(storage)));
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
  // Whoever looks from a copy or as another user cannot keep a publisher out, but sees whether one was there.
  for (let left = ATTEMPTS; ; left--) {
    const before = await storage.get(TIMESTAMP);
    const [found] = await Promise.allSettled([work(overlayOf(storage))]);
    if (left > 1 && !isSame(before, await storage.get(TIMESTAMP))) continue;
    if (found.status === "rejected") throw found.reason;
    return found.value;
  }
}

function isUnwritable(error: unknown): boolean {
  if (!(error instanceof TufLdError) || error.code !== "ERR_STORAGE") return false;
  const { cause } = error;
  return cause instanceof Error && "code" in cause && UNWRITABLE.has(cause.code);
}
