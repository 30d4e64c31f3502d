/**
 * The files of a package index as CSV, as large as is asked for.
 * @module
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { uploads } from "./documents.mjs";

/**
 * Writes `targets.csv` into a folder.
 *
 * @param {string} folder
 * @param {number} count of files
 * @returns {Promise<string>} the path of the CSV
 */
export async function writeCsv(folder, count) {
  const path = join(folder, "targets.csv");
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  let text = "";
  for (const { path, length, sha256 } of uploads(count)) {
    text += `${path},${length},${sha256}\n`;
    if (text.length < 1 << 20) continue;
    if (!file.write(text)) await once(file, "drain");
    text = "";
  }
  file.end(text);
  await once(file, "close");
  return path;
}
