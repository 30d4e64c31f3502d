/// <reference types="node" />
/**
 * Replaces a key of a role.
 * @module
 */
import { relative } from "node:path";
import { keyToRotate, type Rotation, rotateKey } from "../../repository/keys/rotation.ts";
import { shortId } from "../ceremony.ts";
import type { RotateCommandOptions } from "../commands/rotate.ts";
import { writeOutput } from "../io.ts";
import { readTrustedKey } from "../keys.ts";
import { discardKeys, makeKeys } from "../newKeys.ts";
import { printable, toJson } from "../output.ts";
import { keyFolderOf, openRepository } from "../repositoryFolder.ts";

export async function rotate(role: string, options: RotateCommandOptions): Promise<void> {
  const { old, json, quiet } = options;
  const repository = await openRepository(options);
  const chosen = old === undefined ? {} : { oldKeyid: old };
  // Before anything is asked or written: a mistyped role leaves no key behind.
  const oldKeyid = await keyToRotate(repository, role, chosen);
  const folder = keyFolderOf(options);
  const made = options.new === undefined ? await makeKeys([role], folder, options) : [];
  const [own] = made;
  let done: Rotation;
  try {
    const key = own?.publicKey ?? (await readTrustedKey(options.new ?? "")).key;
    done = await rotateKey(repository, role, key, { oldKeyid });
  } catch (error) {
    await discardKeys(made);
    throw error;
  }
  const oldFile = await folder.pathOf(oldKeyid);
  const facts = { ...done, newFile: own?.file ?? null, oldFile: oldFile ? relative("", oldFile) : null };
  if (json) return writeOutput(undefined, toJson({ ok: true, ...facts }));
  if (!quiet) await writeOutput(undefined, `${inWords(facts, own?.encrypted).map(printable).join("\n")}\n`);
}

function inWords(
  done: Rotation & { readonly newFile: string | null; readonly oldFile: string | null },
  encrypted: boolean | undefined,
): string[] {
  const { role, delegator, oldKeyid, newKeyid, newFile, oldFile, drafts, elsewhere } = done;
  const how = encrypted ? "encrypted" : "not encrypted";
  return [
    `${role}: key ${shortId(newKeyid)} takes the place of ${shortId(oldKeyid)}`,
    ...(newFile === null ? [] : [`new private key: ${newFile} (${how})`]),
    ...(oldFile === null
      ? withoutOldKey(delegator)
      : [`old private key: ${oldFile}; keep it until this is published`]),
    ...(elsewhere.length > 0 ? [`the old key is still listed for ${elsewhere.join(", ")}`] : []),
    `staged: ${drafts.join(", ")}; \`tuf-ld status\` tells who signs, then \`tuf-ld publish\``,
  ];
}

/** A new root is a second file that clients read; a new delegation becomes current together with everything else. */
function withoutOldKey(delegator: string): string[] {
  if (delegator !== "root") return [];
  return ["the old private key is not at hand, so the new root comes first: clients may fail for a moment"];
}
