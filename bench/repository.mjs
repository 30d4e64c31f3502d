/**
 * Small repositories around big files, signed in both views, and a server for them.
 * @module
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { olpc } from "tuf-ld/canonical";
import { generateKey, toTufKey } from "tuf-ld/key";
import { parseMetadata, serializeMetadata } from "tuf-ld/metadata";
import { addProof, addSignature } from "tuf-ld/proof";
import { fileOf, snapshot, targets } from "./documents.mjs";

/** @typedef {import("tuf-ld/metadata").JsonObject} JsonObject */
/** @typedef {Map<string, Uint8Array>} Files */

const HEADER = { spec_version: "1.0.34", version: 1, expires: "2100-01-01T00:00:00Z" };
const KEYID = "key";

/** One Ed25519 key for everything. */
export async function signer() {
  const key = await generateKey("Ed25519");
  const role = { keyids: [KEYID], threshold: 1 };
  const keys = { [KEYID]: toTufKey(key.publicKey) };
  /**
   * A file with the views that are asked for.
   * @param {JsonObject} document
   * @param {string} role
   * @param {"classic" | "linked" | "both"} [views] default: classic
   */
  const sign = async (document, role, views = "classic") => {
    // The tools that write TUF metadata put its members in order.
    const ordered = JSON.parse(olpc(document));
    let file = { ...parseMetadata(fileOf(ordered)), signatures: [] };
    if (views !== "linked") file = await addSignature(file, key, { keyid: KEYID });
    if (views !== "classic") file = await addProof(file, key, role);
    return serializeMetadata(file, views === "classic" ? "classic" : "file", 0);
  };
  return { key, role, keys, sign };
}

/**
 * A repository whose top-level targets metadata lists this many files.
 * @param {number} count
 * @param {"classic" | "both"} views
 * @returns {Promise<Files>}
 */
export async function repositoryOf(count, views) {
  const { sign, role, keys } = await signer();
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const root = { _type: "root", ...HEADER, consistent_snapshot: true, keys, roles };
  const listed = { ...targets(count), ...HEADER };
  const meta = { "targets.json": { version: 1 } };
  return new Map([
    ["1.root.json", await sign(root, "root", views)],
    ["1.targets.json", await sign(listed, "targets", views)],
    ["1.snapshot.json", await sign({ _type: "snapshot", ...HEADER, meta }, "snapshot", views)],
    ["timestamp.json", await sign(timestamp(), "timestamp", views)],
  ]);
}

/**
 * A repository of 2^bits succinct hash bins, of which only the one with `path` is there.
 * @param {number} bits
 * @param {string} path
 * @returns {Promise<Files>}
 */
export async function binsOf(bits, path) {
  const { sign, role, keys } = await signer();
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const root = { _type: "root", ...HEADER, consistent_snapshot: true, keys, roles };
  const bins = { ...role, bit_length: bits, name_prefix: "bin" };
  const top = { _type: "targets", ...HEADER, targets: {}, delegations: { keys, succinct_roles: bins } };
  const hash = createHash("sha256").update(path).digest("hex");
  const name = `bin-${(Number.parseInt(hash.slice(0, 8), 16) >>> (32 - bits)).toString(16).padStart(Math.ceil(bits / 4), "0")}`;
  const bin = { _type: "targets", ...HEADER, targets: { [path]: { length: 1, hashes: { sha256: hash } } } };
  const listed = { ...snapshot(2 ** bits), ...HEADER };
  const meta = /** @type {Record<string, JsonObject>} */ (listed.meta);
  for (const entry of Object.values(meta)) Object.assign(entry, { version: 1 });
  meta["targets.json"] = { version: 1 };
  return new Map([
    ["1.root.json", await sign(root, "root")],
    ["1.targets.json", await sign(top, "targets")],
    [`1.${name}.json`, await sign(bin, name)],
    ["1.snapshot.json", await sign(listed, "snapshot")],
    ["timestamp.json", await sign(timestamp(), "timestamp")],
  ]);
}

function timestamp() {
  return { _type: "timestamp", ...HEADER, meta: { "snapshot.json": { version: 1 } } };
}

/**
 * Serves files on loopback.
 * @param {Files} files
 */
export async function serve(files) {
  /** @type {string[]} */
  const requests = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").slice(1));
    requests.push(name);
    const bytes = files.get(name);
    response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 });
    response.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, requests, close: () => server.close() };
}
