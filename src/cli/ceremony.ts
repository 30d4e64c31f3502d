/// <reference types="node" />
/**
 * A signing ceremony: what changes in words, who has signed, and the question. All of it goes to stderr.
 * @module
 */
import { hashHex } from "#platform";
import { olpcBytes } from "../classic/olpc.ts";
import type { JsonValue } from "../document/json.ts";
import type { Signatures } from "../repository/signing/signing.ts";
import { describeChanges } from "../repository/signing/words.ts";
import type { Signed } from "../vocabulary/types.ts";
import { printable, style } from "./output.ts";
import { UsageError } from "./usage.ts";

/** Options of every ceremony. */
export interface CeremonyOptions {
  readonly yes?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly full?: boolean;
}

/** What stands under a heading. */
export type Section = readonly [heading: string, lines: readonly string[]];

/** Writes to stderr what is to be signed. Quiet is for scripts that say yes: a person is always shown it. */
export function showRequest(
  title: string,
  signed: Signed,
  sections: readonly Section[],
  { yes, quiet }: CeremonyOptions,
): void {
  if (yes && quiet) return;
  const lines = [style("bold", printable(title), process.stderr), `digest ${digestOf(signed)}`];
  for (const [heading, each] of sections) {
    lines.push("", heading, ...each.map((line) => `  ${printable(line)}`));
  }
  process.stderr.write(`${lines.join("\n")}\n\n`);
}

/** What changes, in words. Where long lists are cut, the last line says how to see all of them. */
export function changeLines(
  role: string,
  before: Signed | undefined,
  after: Signed,
  { full }: CeremonyOptions,
): string[] {
  const all = describeChanges(role, before, after, { full: true });
  if (full) return all;
  const lines = describeChanges(role, before, after);
  const isCut = lines.length < all.length || lines.some((line, at) => line !== all[at]);
  return isCut ? [...lines, "lists are cut here; say no, and `--full` shows all of them"] : lines;
}

/** SHA-256 of what classic signatures cover: signers on several machines compare it. */
export function digestOf(signed: Signed): string {
  return `sha256:${hashHex("sha256", olpcBytes(signed as unknown as JsonValue))}`;
}

/** Asks, about `what` was shown. @throws UsageError without a terminal and without `--yes` */
export async function confirmed(
  question: string,
  { yes }: CeremonyOptions,
  what = "what would be signed",
): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true)
    throw new UsageError(`there is no terminal to ask on; read ${what} and add --yes`);
  return /^\s*y(es)?\s*$/i.test(await answerTo(`${question} [y/N]`));
}

/** Asks on the terminal. @returns the line that was typed; empty at the end of input (Ctrl-D) */
export async function answerTo(question: string): Promise<string> {
  const { createInterface } = await import("node:readline");
  // Not a terminal to readline, so that Ctrl-C ends the command as everywhere.
  const reader = createInterface({ input: process.stdin, terminal: false });
  process.stderr.write(`${printable(question)} `);
  const answer = await new Promise<string>((resolve) => {
    reader.once("line", resolve);
    reader.once("close", () => resolve(""));
  });
  reader.close();
  return answer;
}

/** Who has signed and who is missing, one line for each list of keys that the draft needs. */
export function signatureLines(signatures: readonly Signatures[]): string[] {
  const [own, before] = signatures.map(countLine);
  if (own === undefined) return [];
  if (before === undefined || own === before) return [own];
  return [`by the keys of this version: ${own}`, `by the keys of the version before: ${before}`];
}

function countLine({ signed, missing, threshold, met }: Signatures): string {
  const count = `${signed.length} of ${threshold} ${threshold === 1 ? "signature" : "signatures"}`;
  if (met) return count;
  const needed = threshold - signed.length;
  if (missing.length < needed) return `${count}, and only ${signed.length + missing.length} keys`;
  const names = missing.map(shortId).join(", ");
  return missing.length === needed ? `${count}, missing ${names}` : `${count}, missing ${needed} of ${names}`;
}

/** Digits of a keyid that are shown where it is named; commands take them as a prefix. */
export const KEYID_DIGITS = 12;

/** Enough of a keyid to name the key; commands take it as a prefix. */
export function shortId(keyid: string): string {
  return keyid.length > 16 ? `${keyid.slice(0, KEYID_DIGITS)}...` : keyid;
}
