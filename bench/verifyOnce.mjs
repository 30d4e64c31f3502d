/**
 * A process that verifies the classic signature and the linked proof of one file, and prints its peak memory in
 * bytes.
 *
 *     node verifyOnce.mjs FILE ROLE
 *
 * ROLE is JSON, `{ role: { keyids, threshold }, keys }`, as root metadata has them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { parseMetadata } from "tuf-ld/metadata";
import { checkFile, roleKeys } from "tuf-ld/proof";
import { peakBytes } from "./measure.mjs";

const [file, role] = process.argv.slice(2);
const { role: listed, keys } = JSON.parse(readFileSync(role, "utf8"));
const { count } = await checkFile(
  parseMetadata(readFileSync(file)),
  roleKeys("targets", listed, keys),
  "both",
);
if (!count.met) throw new Error("the file does not verify");
process.stdout.write(`${peakBytes()}\n`);
