/**
 * The data of others that some tests need, in ../shared/data: `node test/data.mjs --check` compares each folder there
 * with the digest below, `node test/data.mjs --digest FOLDER` prints that of one.
 *
 * The digest of a folder is the SHA-256 of lines, one for each file, sorted by path as UTF-8 bytes: the SHA-256 of the
 * file in hex, two blanks, the path with `/`, a line feed. In a shell:
 * `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the folders lie. */
export const DATA = fileURLToPath(new URL("../../shared/data", import.meta.url));

/** The digest of a folder's content. */
export function digestOf(folder) {
  const hash = (data) => createHash("sha256").update(data).digest("hex");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return hash(files.map((path) => `${hash(readFileSync(join(folder, path)))}  ${path}\n`).join(""));
}

/** What CONTRIBUTING.md says of each folder. */
export function digestsOfPage() {
  const page = readFileSync(fileURLToPath(new URL("../CONTRIBUTING.md", import.meta.url)), "utf8");
  return new Map(
    [...page.matchAll(/^\| ([\w.-]+) \|.*\| `([0-9a-f]{64})` \|$/gm)].map(([, name, digest]) => [
      name,
      digest,
    ]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , what, folder] = process.argv;
  if (what === "--digest" && folder !== undefined) console.log(digestOf(folder.replace(/\/+$/, "")));
  else if (what === "--check") {
    for (const [name, digest] of digestsOfPage()) {
      const place = join(DATA, name);
      const verdict = !existsSync(place)
        ? "is not here"
        : digestOf(place) === digest
          ? "as it should be"
          : "DIFFERS";
      console.log(`${name}: ${verdict}`);
      if (verdict !== "as it should be") process.exitCode = 1;
    }
  } else {
    console.error("usage: node test/data.mjs --check | --digest FOLDER");
    process.exitCode = 2;
  }
}
