/**
 * A repository made with tuf-js's models, signed with node:crypto. The models export no classes of roles and
 * delegations: these come from JSON, which the models parse and write again.
 * @module
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from "@tufjs/models";
import type { Kind } from "./keys.ts";

interface TheirKey {
  readonly key: Key;
  readonly sign: (data: Buffer) => Signature;
}

const HEADER = { specVersion: "1.0.31", expires: "2090-01-01T00:00:00Z" };

const header = (version: number) => ({
  spec_version: HEADER.specVersion,
  version,
  expires: HEADER.expires,
});

const keysOf = (keys: readonly TheirKey[]) =>
  Object.fromEntries(keys.map(({ key }) => [key.keyID, key.toJSON()]));

function newKey(kind: Kind): TheirKey {
  const { publicKey, privateKey } = pairOf(kind);
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const hex = () => publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  const [keyType, scheme, value] = {
    Ed25519: ["ed25519", "ed25519", hex()],
    "P-256": ["ecdsa", "ecdsa-sha2-nistp256", pem],
    RSA: ["rsa", "rsassa-pss-sha256", pem],
  }[kind] as [string, string, string];
  const keyID = createHash("sha256").update(value).digest("hex");
  const options =
    kind === "RSA" ? { key: privateKey, padding: 6 /* PSS */, saltLength: 32 } : { key: privateKey };
  return {
    key: new Key({ keyID, keyType, scheme, keyVal: { public: value } }),
    sign: (data) =>
      new Signature({
        keyID,
        sig: sign(kind === "Ed25519" ? null : "sha256", data, options).toString("hex"),
      }),
  };
}

function pairOf(kind: Kind): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (kind === "Ed25519") return generateKeyPairSync("ed25519");
  if (kind === "RSA") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** What was made. */
export interface TheirRepository {
  /** By decoded path, as a web server serves them. */
  readonly files: Map<string, Uint8Array>;
  /** The text of every target. */
  readonly contents: Map<string, string>;
}

/** Root 2 of 3 and two rotations; delegations by pattern, by hash prefix, or to succinct bins. */
export function makeWithTufJs({ bins }: { readonly bins: boolean }): TheirRepository {
  const files = new Map<string, Uint8Array>();
  const contents = new Map<string, string>();

  const write = (name: string, signed: Root | Timestamp | Snapshot | Targets, keys: readonly TheirKey[]) => {
    const metadata = new Metadata(signed, {}, { "x-envelope": { made: "by tuf-js" } });
    for (const key of keys) metadata.sign(key.sign);
    const bytes = new TextEncoder().encode(JSON.stringify(metadata.toJSON()));
    files.set(`metadata/${name}.json`, bytes);
    return bytes;
  };
  const metaOf = (version: number, bytes: Uint8Array) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return new MetaFile({ version, length: bytes.length, hashes: { sha256 } });
  };
  const target = (path: string, text: string, custom?: object) => {
    const bytes = new TextEncoder().encode(text);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const slash = path.lastIndexOf("/") + 1;
    files.set(`targets/${path.slice(0, slash)}${sha256}.${path.slice(slash)}`, bytes);
    contents.set(path, text);
    const unrecognizedFields = custom === undefined ? {} : { custom: { ...custom } };
    return new TargetFile({ path, length: bytes.length, hashes: { sha256 }, unrecognizedFields });
  };

  // Roots 1 to 3: one of three keys changes in each, and the timestamp's with the last.
  const rootKeys = [newKey("Ed25519"), newKey("P-256"), newKey("RSA"), newKey("P-256"), newKey("Ed25519")];
  const [snapshotKey, targetsKey, leafKey] = [newKey("P-256"), newKey("RSA"), newKey("Ed25519")];
  let timestampKey = newKey("Ed25519");
  for (const version of [1, 2, 3]) {
    const now = rootKeys.slice(version - 1, version + 2);
    if (version === 3) timestampKey = newKey("P-256");
    const role = (signers: readonly TheirKey[], threshold: number) => ({
      keyids: signers.map(({ key }) => key.keyID),
      threshold,
    });
    const root = Root.fromJSON({
      _type: "root",
      ...header(version),
      consistent_snapshot: true,
      keys: keysOf([...now, timestampKey, snapshotKey, targetsKey]),
      roles: {
        root: role(now, 2),
        timestamp: role([timestampKey], 1),
        snapshot: role([snapshotKey], 1),
        targets: role([targetsKey], 1),
      },
    });
    write(`${version}.root`, root, version === 1 ? now : now.slice(0, 2));
  }

  const leafRole = { keyids: [leafKey.key.keyID], threshold: 1 };
  const scopes = {
    docs: { paths: ["docs/*"] },
    low: { path_hash_prefixes: [..."01234567"] },
    high: { path_hash_prefixes: [..."89abcdef"] },
  };
  const top = Targets.fromJSON({
    _type: "targets",
    ...header(1),
    targets: {},
    delegations: {
      keys: keysOf([leafKey]),
      ...(bins
        ? { succinct_roles: { ...leafRole, bit_length: 3, name_prefix: "bin" } }
        : {
            roles: Object.entries(scopes).map(([name, scope]) => ({
              name,
              ...leafRole,
              terminating: false,
              ...scope,
            })),
          }),
    },
  });
  top.addTarget(target("top ö.txt", "the top\n", { text: 'quote " and \\ and \n', order: [1, 2] }));

  const names = [...(top.delegations?.succinctRoles?.getRoles() ?? Object.keys(scopes))];
  const leaves = new Map(names.map((name) => [name, new Targets({ ...HEADER, version: 4 })]));
  for (let index = 0; index < 12; index++) {
    const path = !bins && index % 3 === 0 ? `docs/${index}.md` : `packages/${index}.whl`;
    const [first] = top.delegations?.rolesForTarget(path) ?? [];
    leaves.get(first?.role ?? "")?.addTarget(target(path, `number ${index}\n`));
  }

  const meta: Record<string, MetaFile> = {
    "targets.json": metaOf(1, write("1.targets", top, [targetsKey])),
  };
  for (const [name, leaf] of leaves) meta[`${name}.json`] = metaOf(4, write(`4.${name}`, leaf, [leafKey]));
  const snapshot = write("7.snapshot", new Snapshot({ ...HEADER, version: 7, meta }), [snapshotKey]);
  const timestamp = new Timestamp({ ...HEADER, version: 9, snapshotMeta: metaOf(7, snapshot) });
  write("timestamp", timestamp, [timestampKey]);
  return { files, contents };
}
