/**
 * A command line that says too little, too much, or two things at once.
 * @module
 */

/** Ends the command with exit code 2. The message says what is wrong, in a person's words. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
