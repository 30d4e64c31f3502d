/**
 * tuf-js, as its own client loads and verifies targets metadata.
 * @module
 */
import { createRequire } from "node:module";

const require = createRequire(createRequire(import.meta.url).resolve("tuf-js"));
const { Metadata, MetadataKind } = require("@tufjs/models");

/**
 * @param {Uint8Array} root
 * @returns {(targets: Uint8Array) => void} throws if the file does not verify
 */
export function tufJs(root) {
  const parse = (/** @type {Uint8Array} */ bytes) => JSON.parse(Buffer.from(bytes).toString("utf8"));
  const trusted = Metadata.fromJSON(MetadataKind.Root, parse(root));
  return (targets) =>
    trusted.verifyDelegate("targets", Metadata.fromJSON(MetadataKind.Targets, parse(targets)));
}
