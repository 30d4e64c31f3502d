/**
 * A process that verifies one metadata file and prints its peak memory in bytes: read, strict parse, validate,
 * canonicalize, hash, one Ed25519 verification.
 *
 *     node verifyOnce.mjs FILE PUBLIC_KEY_HEX SIGNATURE_HEX
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { digestDirect } from "../dist/canonical/direct.js";
import { parseMetadata } from "../dist/metadata/file.js";
import { backends } from "../dist/platform/node.js";
import { peakBytes } from "./measure.mjs";

const [path, publicKey, signature] = process.argv.slice(2);
const bytes = (/** @type {string} */ hex) => new Uint8Array(Buffer.from(hex, "hex"));
const { signed } = parseMetadata(readFileSync(path));
const key = /** @type {const} */ ({ type: "Ed25519", bytes: bytes(publicKey) });
if (!(await backends[0].verify(key, digestDirect(signed), bytes(signature)))) {
  throw new Error("the signature does not verify");
}
process.stdout.write(`${peakBytes()}\n`);
