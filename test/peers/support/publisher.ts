/**
 * A repository of ours, made with the public functions alone: every file carries both views.
 * @module
 */
import { createHash } from "node:crypto";
import type { Root, Signed, Snapshot, Targets, Timestamp } from "../../../src/index.ts";
import type { SuccinctRoles } from "../../../src/vocabulary/types.ts";
import type { Draft } from "../../support/simulator/draft.ts";
import { bytesOf, type Kind, type NamedKey, newKey, roleOf, signBoth, unsigned } from "./keys.ts";

type TopLevel = "root" | "timestamp" | "snapshot" | "targets";

const header = { spec_version: "1.0.34", version: 0, expires: "2090-01-01T00:00:00Z" };
const role = () => ({ keyids: [], threshold: 1 });

/** What may sign for a delegated role. */
export type Scope = { readonly terminating?: boolean } & (
  | { readonly paths: string[] }
  | { readonly path_hash_prefixes: string[] }
);

export class Publisher {
  /** What a web server serves, by decoded path. */
  readonly files = new Map<string, Uint8Array>();
  /** The text of every target. */
  readonly contents = new Map<string, string>();
  readonly #root: Draft<Root>;
  readonly #timestamp: Draft<Timestamp> = {
    _type: "timestamp",
    ...header,
    meta: { "snapshot.json": { version: 1 } },
  };
  readonly #snapshot: Draft<Snapshot> = { _type: "snapshot", ...header, meta: {} };
  readonly #targets = new Map<string, Draft<Targets>>();
  readonly #signers = new Map<string, readonly NamedKey[]>();

  constructor({ consistent }: { readonly consistent: boolean }) {
    const roles = { root: role(), timestamp: role(), snapshot: role(), targets: role() };
    this.#root = { _type: "root", ...header, consistent_snapshot: consistent, keys: {}, roles };
    this.#targets.set("targets", { _type: "targets", ...header, targets: {} });
  }

  /** Gives a top-level role fresh keys instead of those that it has. */
  async grant(name: TopLevel, kinds: readonly Kind[], threshold: number = kinds.length): Promise<void> {
    const keys = await Promise.all(kinds.map(newKey));
    const granted = roleOf(keys, threshold);
    this.#root.roles[name] = granted.role;
    this.#signers.set(name, keys);
    const used = Object.values(this.#root.roles).flatMap(({ keyids }) => keyids);
    const all = { ...this.#root.keys, ...(granted.keys as Draft<Root["keys"]>) };
    this.#root.keys = Object.fromEntries(Object.entries(all).filter(([keyid]) => used.includes(keyid)));
  }

  /** Publishes the next root, signed by the keys that it names and by those that were before (TUF 6.1). */
  async publishRoot(before: readonly NamedKey[] = []): Promise<void> {
    const now = this.#signersOf("root");
    await this.#write("root", this.#root, [...now, ...before.filter((key) => !now.includes(key))], true);
  }

  /** Replaces every root key, and the keys of other roles; publishes the root. */
  async rotate(roles: Partial<Record<TopLevel, readonly Kind[]>>, rootThreshold: number): Promise<void> {
    const before = this.#signersOf("root");
    for (const [name, kinds] of Object.entries(roles) as [TopLevel, readonly Kind[]][]) {
      await this.grant(name, kinds, name === "root" ? rootThreshold : 1);
    }
    await this.publishRoot(before);
  }

  /** Delegates to a new role, after all others. */
  async delegate(parent: string, name: string, kinds: readonly Kind[], scope: Scope): Promise<void> {
    const signers = await Promise.all(kinds.map(newKey));
    const granted = roleOf(signers);
    const document = this.#document(parent);
    document.delegations ??= { keys: {}, roles: [] };
    Object.assign(document.delegations.keys, granted.keys);
    document.delegations.roles?.push({ name, ...granted.role, terminating: false, ...scope });
    this.#add(name, signers);
  }

  /** Delegates from targets to succinct hash bins. */
  async delegateBins(bits: number, prefix: string, kind: Kind): Promise<void> {
    const signer = await newKey(kind);
    const granted = roleOf([signer]);
    const bins: Draft<SuccinctRoles> = { ...granted.role, bit_length: bits, name_prefix: prefix };
    const keys = granted.keys as Draft<Root["keys"]>;
    this.#document("targets").delegations = { keys, succinct_roles: bins };
    for (let bin = 0; bin < 2 ** bits; bin++) {
      this.#add(`${prefix}-${bin.toString(16).padStart(Math.ceil(bits / 4), "0")}`, [signer]);
    }
  }

  /** Lists a target in a role, and serves it under its name or under each of its hashes. */
  addTarget(name: string, path: string, text: string, custom?: object): void {
    const bytes = new TextEncoder().encode(text);
    const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
    const hashes = { sha256: hash("sha256"), sha512: hash("sha512") };
    this.#document(name).targets[path] = {
      length: bytes.length,
      hashes,
      ...(custom === undefined ? {} : { custom }),
    } as Draft<Targets["targets"][string]>;
    const slash = path.lastIndexOf("/") + 1;
    const names = this.#root.consistent_snapshot
      ? Object.values(hashes).map((digest) => `${path.slice(0, slash)}${digest}.${path.slice(slash)}`)
      : [path];
    for (const each of names) this.files.set(`targets/${each}`, bytes);
    this.contents.set(path, text);
  }

  /** Publishes the next version of everything but root; the timestamp goes last. */
  async publish(): Promise<void> {
    const consistent = this.#root.consistent_snapshot === true;
    for (const [name, document] of this.#targets) {
      const bytes = await this.#write(name, document, this.#signersOf(name), consistent);
      this.#snapshot.meta[`${name}.json`] = metaOf(document.version, bytes);
    }
    const bytes = await this.#write("snapshot", this.#snapshot, this.#signersOf("snapshot"), consistent);
    this.#timestamp.meta["snapshot.json"] = metaOf(this.#snapshot.version, bytes);
    await this.#write("timestamp", this.#timestamp, this.#signersOf("timestamp"), false);
  }

  async #write(name: string, document: Draft<Signed>, signers: readonly NamedKey[], versioned: boolean) {
    document.version++;
    const bytes = bytesOf(await signBoth(unsigned(document), name, signers));
    this.files.set(`metadata/${versioned ? `${document.version}.` : ""}${name}.json`, bytes);
    return bytes;
  }

  #add(name: string, signers: readonly NamedKey[]): void {
    this.#targets.set(name, { _type: "targets", ...header, targets: {} });
    this.#signers.set(name, signers);
  }

  #document(name: string): Draft<Targets> {
    const found = this.#targets.get(name);
    if (found === undefined) throw new Error(`there is no role ${name}`);
    return found;
  }

  #signersOf(name: string): readonly NamedKey[] {
    return this.#signers.get(name) ?? [];
  }
}

function metaOf(version: number, bytes: Uint8Array) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { version, length: bytes.length, hashes: { sha256 } };
}
