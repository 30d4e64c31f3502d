/**
 * A repository with other keys: the same contents of metadata, each key replaced by a fresh one of ours and signed
 * with it in both views.
 * @module
 */
import { generateKey, type PrivateKey } from "../../src/key/privateKey.ts";
import { fromTufKey, toTufKey } from "../../src/key/tufKey.ts";
import { type MetadataFile, parseMetadata, serializeMetadata } from "../../src/metadata/file.ts";
import { addSignature } from "../../src/proof/classicSignature.ts";
import { addProof } from "../../src/proof/linkedProof.ts";
import type { Role, Root, Signed, Targets, TufKey } from "../../src/vocabulary/types.ts";
import type { Files } from "./clientWorld.ts";

/** What the copy carries. */
export type Views = "linked" | "both";

const CREATED = new Date("2026-08-01T00:00:00Z");

/** Our keys by those that they stand for: one key in two notations gets one key. */
class Replacements {
  readonly #keys = new Map<string, PrivateKey>();

  async for(original: TufKey): Promise<PrivateKey> {
    const id = fromTufKey(original)?.id ?? JSON.stringify(original);
    const known = this.#keys.get(id) ?? (await generateKey(this.#keys.size % 2 === 0 ? "P-256" : "Ed25519"));
    this.#keys.set(id, known);
    return known;
  }
}

/**
 * Signs metadata anew, from the first root on that is given.
 * @param metadata files by name: `N.root.json`, `timestamp.json`, `N.ROLE.json`
 */
export async function resign(metadata: Files, views: Views): Promise<Map<string, Uint8Array>> {
  const replacements = new Replacements();
  const result = new Map<string, Uint8Array>();
  const originals = new Map([...metadata].map(([name, bytes]) => [name, parseMetadata(bytes)]));
  const roots = [...originals.entries()]
    .filter((entry): entry is [string, MetadataFile<Root>] => entry[1].signed._type === "root")
    .sort(([, a], [, b]) => a.signed.version - b.signed.version);

  const sign = async (
    name: string,
    signed: Signed,
    role: string,
    signers: ReadonlyMap<string, PrivateKey>,
  ) => {
    let file: MetadataFile = { signed, signatures: [], proof: [], linked: true, unrecognized: {} };
    for (const [keyid, signer] of signers) {
      if (views === "both") file = await addSignature(file, signer, { keyid });
      file = await addProof(file, signer, role, { created: CREATED });
    }
    result.set(name, serializeMetadata(file, "file"));
  };
  const signersOf = async (role: Role, keys: Readonly<Record<string, TufKey>>) => {
    const signers = new Map<string, PrivateKey>();
    for (const keyid of role.keyids) signers.set(keyid, await replacements.for(keys[keyid] as TufKey));
    return signers;
  };
  const replaced = async (keys: Readonly<Record<string, TufKey>>) => {
    const entries = Object.entries(keys).map(async ([keyid, key]) => {
      const { publicKey } = await replacements.for(key);
      return [keyid, { ...key, ...toTufKey(publicKey) }] as const;
    });
    const ours: [string, TufKey][] = [];
    for (const entry of entries) ours.push((await entry) as [string, TufKey]);
    return Object.fromEntries(ours);
  };

  let before: Root | undefined;
  for (const [name, { signed }] of roots) {
    const signers = await signersOf(signed.roles["root"] as Role, signed.keys);
    if (before !== undefined) {
      for (const [keyid, key] of await signersOf(before.roles["root"] as Role, before.keys))
        signers.set(keyid, key);
    }
    await sign(name, { ...signed, keys: await replaced(signed.keys) } as Root, "root", signers);
    before = signed;
  }
  const newest = before as Root;
  const targets = [...originals.values()].find(
    ({ signed }) => signed._type === "targets" && signed.delegations !== undefined,
  )?.signed as Targets;
  for (const [name, { signed }] of originals) {
    if (signed._type === "root") continue;
    const role = name.replace(/^\d+\./, "").replace(/\.json$/, "");
    const top = newest.roles[role];
    const { delegations } = targets;
    const entry = top ?? delegations?.roles?.find((each) => each.name === role);
    const keys = top === undefined ? delegations?.keys : newest.keys;
    const signers = await signersOf(entry as Role, keys as Readonly<Record<string, TufKey>>);
    const own = signed._type === "targets" ? signed.delegations : undefined;
    const changed =
      own === undefined ? signed : { ...signed, delegations: { ...own, keys: await replaced(own.keys) } };
    await sign(name, changed as Signed, role, signers);
  }
  return result;
}
