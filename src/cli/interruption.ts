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

/**
 * Ends the process with this exit code: gently the first time, if a command has taken `interruption`.
 *
 * @param tell says what became of the work, where the process ends here; a command that ends gently rejects
 */
export function interrupt(exit: number, tell: () => void): void {
  const now: () => never = () => {
    tell();
    process.exit(exit);
  };
  if (controller === undefined || controller.signal.aborted) now();
  controller.abort(new Interrupted(exit));
  setTimeout(now, GRACE_MS).unref();
}

const STAYS = "what was staged before stays, `tuf-ld status` shows it";
const WHOLE = "clients find all that was published before, or all that is new";

/** What is left of commands that change something before they end, and how to go on. */
const LEFT: ReadonlyMap<string, string> = new Map([
  ["publish", `${WHOLE}; run it again to go on`],
  ["clean", "what clients read is untouched; run it again to go on"],
  ["add", `${STAYS}; run it again, and an import into bins goes on where it was`],
  ["recover", "run `tuf-ld recover` to see how far it is"],
  ["get", "no file is there that was not verified; run it again to go on"],
  ["mirror", "what is there was verified; run it again to go on"],
  ...["accept", "claim", "delegate", "discard", "remove", "revoke", "role", "rotate", "undelegate"].map(
    (name): [string, string] => [name, STAYS],
  ),
]);

/** What a person is told when this command was interrupted, or `undefined` if there is nothing to tell. */
export function afterInterruption(command: string): string | undefined {
  const left = LEFT.get(command.split(" ")[1] ?? "");
  return left === undefined ? undefined : `tuf-ld: interrupted: ${left}\n`;
}
