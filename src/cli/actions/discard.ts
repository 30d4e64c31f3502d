/// <reference types="node" />
/**
 * Gives up what is staged, after showing what it is.
 * @module
 */
import type { Discarded } from "../../repository/discarding.ts";
import type { EditableFile } from "../../repository/drafts.ts";
import { confirmed } from "../ceremony.ts";
import type { DiscardOptions } from "../commands/discard.ts";
import { EXIT } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

export async function discard(given: readonly string[], options: DiscardOptions): Promise<void> {
  const { all = false, yes = false, quiet, json } = options;
  if (all === given.length > 0) throw new UsageError("name roles, or give --all for everything");
  const repository = await openRepository(options);
  const roles = all ? "all" : given;
  const expected = await repository.discardRequest(roles);
  // Quiet is for scripts that say yes: a person is always shown it.
  if (expected.length > 0 && !(yes && quiet))
    process.stderr.write(
      `${["What is given up:", ...expected.flatMap(linesOf)].map(printable).join("\n")}\n`,
    );
  const agreed = expected.length === 0 || (await confirmed("Give it up?", options, "what would be given up"));
  if (agreed) await repository.discard(roles, { expected });
  else process.exitCode = EXIT.other;
  const discarded = agreed ? expected : [];
  if (json) return writeOutput(undefined, toJson({ ok: agreed, discarded: discarded.map(factsOf) }));
  if (quiet) return;
  const line = !agreed
    ? "nothing was given up"
    : discarded.length === 0
      ? "nothing is staged"
      : `gave up ${discarded.map(({ role }) => role).join(", ")}; \`tuf-ld status\` shows what is left`;
  await writeOutput(undefined, `${printable(line)}\n`);
}

function linesOf({ role, file, changes, entries, orphan }: Discarded): string[] {
  if (file === undefined)
    return [
      `  ${role}: ${entries} log ${entries === 1 ? "entry" : "entries"}, all changes of targets in bins`,
    ];
  const count = signaturesOn(file);
  const why = orphan ? ", to which nobody would delegate any more" : "";
  const signed = count === 0 ? "" : `, with ${count} ${count === 1 ? "signature" : "signatures"}`;
  return [
    `  ${role}: version ${file.signed.version}${why}${signed}`,
    ...changes.slice(1).map((line) => `    ${line}`),
  ];
}

/** Whoever signs in both views has signed once. */
function signaturesOn({ signatures, proof }: EditableFile): number {
  return Math.max(signatures.length, proof.length);
}

function factsOf({ role, file, changes, entries, orphan }: Discarded): object {
  if (file === undefined) return { role, entries };
  return { role, version: file.signed.version, changes, signatures: signaturesOn(file), orphan };
}
