/// <reference types="node" />
/**
 * Ctrl-C: a command that has something to tidy up is asked to end, any other ends at once.
 * @module
 */

/** How long a command may take to tidy up, in milliseconds. */
const GRACE_MS = 3_000;

/** What an interrupted command rejects with. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
  /** The exit code. */
  readonly exit: number;

  constructor(exit: number) {
    super("interrupted");
    this.exit = exit;
  }
}

let controller: AbortController | undefined;

/** A signal that an interruption aborts, with `Interrupted` as its reason. Whoever takes it must end soon after. */
export function interruption(): AbortSignal {
  controller ??= new AbortController();
  return controller.signal;
}

/** Ends the process with this exit code: gently the first time, if a command has taken `interruption`. */
export function interrupt(exit: number): void {
  if (controller === undefined || controller.signal.aborted) process.exit(exit);
  controller.abort(new Interrupted(exit));
  setTimeout(() => process.exit(exit), GRACE_MS).unref();
}
