/**
 * Signatures that a copy of a draft has got elsewhere: what counts is taken, what does not is refused.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { onlySignature } from "../../proof/classicSignature.ts";
import type { Finding } from "../../proof/finding.ts";
import type { Drafts, EditableFile } from "../drafts.ts";
import { signaturesOf } from "./signing.ts";

/** What a copy adds to a draft. */
type Entries = Pick<EditableFile, "signatures" | "proof">;

/**
 * Takes what counts into the draft. Nothing of a key that counts already, so that nobody can make a draft grow.
 *
 * @returns the keyids whose signatures are new; none if the draft had them all
 * @throws ERR_KEY_UNAUTHORIZED, ERR_SIGNATURE, ERR_NO_SIGNATURE when nothing new counts
 */
export async function mergeSignatures(
  drafts: Drafts,
  role: string,
  file: EditableFile,
  copy: EditableFile,
): Promise<string[]> {
  const { sign } = drafts.config;
  const fresh = newEntries(file, copy);
  const added: string[] = [];
  const valid = new Set<unknown>();
  const refused = new Map<unknown, Finding>();
  let merged = file;
  let partial = false;
  for (const keys of await drafts.keysFor(role)) {
    const before = await signaturesOf(merged, keys, sign);
    const { count } = await checkFile(merged, keys, sign);
    const { findings } = await checkFile({ ...copy, ...fresh }, keys, sign);
    const wanted: Finding[] = [];
    // Of one key, one signature counts in each view.
    const taken = new Set<string>();
    for (const finding of findings) {
      const entry = entryOf(fresh, finding);
      if (finding.outcome !== "valid") refused.set(entry, worse(refused.get(entry), finding));
      else {
        valid.add(entry);
        const name = `${finding.view} ${finding.key}`;
        if (finding.key === undefined || count.keys.includes(finding.key) || taken.has(name)) continue;
        taken.add(name);
        wanted.push(finding);
      }
    }
    merged = withEntries(merged, fresh, wanted);
    const after = await signaturesOf(merged, keys, sign);
    const came = after.signed.filter((keyid) => !before.signed.includes(keyid));
    partial ||= wanted.length > 0 && came.length === 0;
    added.push(...came.filter((keyid) => !added.includes(keyid)));
  }
  if (merged !== file) await drafts.putFile(role, merged);
  if (added.length > 0) return added;
  for (const [entry, finding] of refused) if (!valid.has(entry)) throw refusal(role, finding);
  const nothing = copy.signatures.length === 0 && copy.proof.length === 0;
  if (!partial && !nothing) return [];
  const why = nothing ? "nobody has signed it" : "a key counts only when it has signed in both views";
  throw new TufLdError("ERR_NO_SIGNATURE", `nothing in this copy counts for "${role}": ${why}`, {
    role,
    view: sign,
  });
}

function newEntries(file: EditableFile, copy: EditableFile): Entries {
  const known = new Set([...file.signatures, ...file.proof].map((entry) => JSON.stringify(entry)));
  const isNew = (entry: object): boolean => !known.has(JSON.stringify(entry));
  return { signatures: copy.signatures.map(onlySignature).filter(isNew), proof: copy.proof.filter(isNew) };
}

function entryOf(entries: Entries, { view, index }: Finding): unknown {
  return view === "classic" ? entries.signatures[index] : entries.proof[index];
}

function withEntries(file: EditableFile, fresh: Entries, wanted: readonly Finding[]): EditableFile {
  if (wanted.length === 0) return file;
  const at = (view: Finding["view"]): Set<number> =>
    new Set(wanted.filter((finding) => finding.view === view).map(({ index }) => index));
  const [classic, linked] = [at("classic"), at("linked")];
  const signatures = fresh.signatures.filter((_, index) => classic.has(index));
  const proof = fresh.proof.filter((_, index) => linked.has(index));
  const renewed = new Set(signatures.map(({ keyid }) => keyid));
  return {
    ...file,
    linked: file.linked || proof.length > 0,
    signatures: [...file.signatures.filter(({ keyid }) => !renewed.has(keyid)), ...signatures],
    proof: [...file.proof, ...proof],
  };
}

/** A wrong signature by one of the role's keys says more than that another list of keys lacks this one. */
function worse(a: Finding | undefined, b: Finding): Finding {
  return a === undefined || a.reason?.code === "ERR_KEY_UNAUTHORIZED" ? b : a;
}

function refusal(role: string, { reason, keyName, suite = "", view }: Finding): TufLdError {
  const why = reason?.message ?? "it does not verify";
  const message = `nothing in this copy counts for "${role}": ${why}`;
  if (reason?.code === "ERR_KEY_UNAUTHORIZED")
    return new TufLdError("ERR_KEY_UNAUTHORIZED", message, { role, key: keyName });
  if (reason?.code === "ERR_SIGNATURE")
    return new TufLdError("ERR_SIGNATURE", message, { suite, key: keyName });
  return new TufLdError("ERR_NO_SIGNATURE", message, { role, view });
}
