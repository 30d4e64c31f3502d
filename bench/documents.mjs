/**
 * Realistic metadata of any size, the same at every run.
 * @module
 */
import { createHash } from "node:crypto";

/** @typedef {import("tuf-ld/metadata").JsonObject} JsonObject */

const EXPIRES = "2030-01-01T00:00:00Z";

/**
 * Targets metadata of a package index: wheels under a hashed path, as PyPI lays them out.
 * @param {number} count of target files
 * @returns {JsonObject}
 */
export function targets(count) {
  /** @type {Record<string, JsonObject>} */
  const entries = {};
  for (let index = 0; index < count; index++) {
    const digest = sha256(`target ${index}`);
    const name = `${digest.slice(0, 4)}-pkg${index}`;
    const path = `packages/${digest.slice(4, 6)}/${digest.slice(6, 8)}/${name}/${name}-1.${index % 10}-py3-none-any.whl`;
    entries[path] = { length: 1_000 + ((index * 7_919) % 5_000_000), hashes: { sha256: digest } };
  }
  return { _type: "targets", spec_version: "1.0.31", version: 7, expires: EXPIRES, targets: entries };
}

/**
 * Snapshot metadata of PEP 458: one entry for each hash bin.
 * @param {number} count of metadata files
 * @returns {JsonObject}
 */
export function snapshot(count) {
  /** @type {Record<string, JsonObject>} */
  const meta = {};
  const digits = (count - 1).toString(16).length;
  for (let index = 0; index < count; index++) {
    meta[`bin-${index.toString(16).padStart(digits, "0")}.json`] = { version: 1 + (index % 900) };
  }
  return { _type: "snapshot", spec_version: "1.0.31", version: 7, expires: EXPIRES, meta };
}

/**
 * The bytes of a classic metadata file with one signature that nobody checks here.
 * @param {JsonObject} signed
 * @returns {Uint8Array}
 */
export function fileOf(signed) {
  const signatures = [{ keyid: sha256("key"), sig: sha256("r") + sha256("s") }];
  return new TextEncoder().encode(JSON.stringify({ signatures, signed }));
}

/** @param {string} text */
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
