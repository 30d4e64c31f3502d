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
 * The files of a package index, project by project. How many a project has is lognormal with a mean of about 21 and
 * a long tail, as PyPI's are.
 *
 * @param {number} count of files
 * @returns {Generator<{ path: string, length: number, sha256: string }>}
 */
export function* uploads(count) {
  const random = seeded(458);
  let index = 0;
  for (let project = 0; index < count; project++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const files = Math.min(10_000, Math.max(1, Math.round(Math.exp(1.9 + 1.5 * normal))));
    for (let file = 0; file < files && index < count; file++, index++) {
      const sha256 = hexOf(random, 8);
      const place = hexOf(random, 8);
      const name = `project_${project.toString(36)}-${file >> 3}.${file & 7}.0-py3-none-any.whl`;
      const path = `packages/${place.slice(0, 2)}/${place.slice(2, 4)}/${place.slice(4)}/${name}`;
      yield { path, length: 1 + Math.floor(random() * 2_800_000), sha256 };
    }
  }
}

/**
 * A generator of numbers from 0 to 1, the same for the same seed (mulberry32).
 * @param {number} seed
 */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {() => number} random
 * @param {number} words of 8 digits
 */
function hexOf(random, words) {
  let text = "";
  for (let word = 0; word < words; word++)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return text;
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
