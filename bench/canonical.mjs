/**
 * Canonicalization: the direct path against stock jsonld.js, against classic TUF and against the floor.
 *
 * Every path starts from the bytes of a metadata file and ends with a SHA-256.
 *
 * | path         | what it is                                                                           |
 * | ------------ | ------------------------------------------------------------------------------------ |
 * | stock        | `JSON.parse`, our linked form (no other software has one), jsonld.js, rdf-canonize    |
 * | direct       | our strict parser, the validator, the direct writer                                  |
 * | classic      | what a classic client in plain JavaScript does: `JSON.parse`, canonical JSON         |
 * | our classic  | the same with our own canonical JSON, still without strict parser and validator      |
 * | floor        | `JSON.parse`, and nothing but the hash of the canonical N-Quads                      |
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsonld from "jsonld";
import { canonizeDirect, digestDirect } from "tuf-ld/canonical";
import { parseJson } from "tuf-ld/document";
import { generateKey, toTufKey } from "tuf-ld/key";
import { parseMetadata, serializeMetadata, toLinked } from "tuf-ld/metadata";
import { addProof, addSignature } from "tuf-ld/proof";
import { createLoader, TUF_CONTEXTS } from "tuf-ld/vocabulary";
import { olpcBytes } from "../dist/classic/olpc.js";
import { fileOf, snapshot, targets } from "./documents.mjs";
import { peakMemory, race, slope } from "./measure.mjs";
import { plainOlpc } from "./plainOlpc.mjs";
import { atLeast, atMost } from "./requirements.mjs";
import { figure } from "./table.mjs";

/** @typedef {import("./measure.mjs").Timing} Timing */
/** @typedef {"stock" | "direct" | "classic" | "our classic" | "floor"} Path */
/** @typedef {{ document: string, bytes: number, timings: Partial<Record<Path, Timing>> }} Measured */

const CASES = [
  { document: "targets 1,000", make: () => targets(1_000), stock: "always" },
  { document: "targets 10,000", make: () => targets(10_000), stock: "always" },
  { document: "targets 100,000", make: () => targets(100_000), stock: "full" },
  { document: "snapshot 16,384", make: () => snapshot(16_384), stock: "always" },
];

const { load } = createLoader();
const decoder = new TextDecoder();

/** @type {(bytes: Uint8Array) => import("tuf-ld/metadata").JsonObject} */
const parse = (bytes) => JSON.parse(decoder.decode(bytes));
/** @type {(data: string | Uint8Array) => Uint8Array} */
const sha256 = (data) => createHash("sha256").update(data).digest();

/**
 * The paths for one file.
 * @param {Uint8Array} file
 * @returns {Record<Path, () => unknown>}
 */
function pathsOf(file) {
  const { signed } = parseMetadata(file);
  const canonical = Buffer.from(canonizeDirect(signed));
  return {
    stock: async () => {
      const linked = { "@context": TUF_CONTEXTS, ...toLinked(/** @type {any} */ (parse(file).signed)) };
      const options = {
        algorithm: "RDFC-1.0",
        format: "application/n-quads",
        safe: true,
        documentLoader: load,
      };
      return sha256(await jsonld.canonize(linked, options));
    },
    direct: () => digestDirect(parseMetadata(file).signed),
    classic: () => sha256(plainOlpc(parse(file).signed)),
    "our classic": () => sha256(olpcBytes(parse(file).signed)),
    floor: () => {
      parse(file);
      return sha256(canonical);
    },
  };
}

/**
 * @param {import("./main.mjs").BenchOptions} options
 * @returns {Promise<import("./main.mjs").BenchResult>}
 */
export async function run({ full, progress }) {
  progress("memory: verifying 100,000 targets in a process of its own");
  const peak = await memoryOfOneVerification();
  /** @type {Measured[]} */
  const measured = [];
  for (const { document, make, stock } of CASES) {
    const file = fileOf(make());
    const { stock: slow, ...others } = pathsOf(file);
    const contenders = stock === "always" || full ? { stock: slow, ...others } : others;
    const timings = await race(contenders, {
      onRun: (name, round) => progress(`${document}: ${name}, ${round === 0 ? "warm-up" : `round ${round}`}`),
    });
    measured.push({ document, bytes: file.length, timings });
  }
  progress("strict parser");
  const file = fileOf(targets(100_000));
  const text = decoder.decode(file);
  const parser = await race({ strict: () => parseJson(file), plain: () => JSON.parse(text) });

  const growth = slope(
    measured.slice(0, 3).map(({ timings }, index) => [10 ** (3 + index), cpu(timings.direct)]),
  );
  return {
    title: "From the bytes of a file to the digest that is signed",
    head: ["document", "path", "cpu ms", "wall ms", "to floor", "to classic", "runs"],
    rows: measured.flatMap(rowsOf),
    requirements: [
      atLeast("stock / direct, targets 10,000", ratio(measured[1], "stock", "direct"), 35, 60),
      atLeast("stock / direct, targets 100,000 (--full)", ratio(measured[2], "stock", "direct"), 200),
      atLeast("stock / direct, snapshot 16,384", ratio(measured[3], "stock", "direct"), 70),
      ...measured.map((each, index) =>
        index < 3
          ? atMost(`direct / classic, ${each.document}`, ratio(each, "direct", "classic"), 1.5, 1)
          : atMost(`direct / classic, ${each.document}`, ratio(each, "direct", "classic"), 4, 1.5),
      ),
      atMost("growth from 1,000 to 100,000 targets, log-log slope", growth, 1.1),
      atMost("strict parser / JSON.parse, 100,000 targets", cpu(parser.strict) / cpu(parser.plain), 2.5),
      atMost("peak memory, one file of 100,000 targets verified, MB", peak, 500),
    ],
    figures: { measured, parser, growth, peakMegabytes: peak },
  };
}

/** @param {Measured} measured */
function rowsOf({ document, bytes, timings }) {
  const title = `${document} (${figure(bytes / 1e6)} MB)`;
  return Object.entries(timings).map(([path, timing]) => [
    title,
    path,
    figure(timing.cpu),
    figure(timing.wall),
    figure(timing.cpu / cpu(timings.floor)),
    figure(timing.cpu / cpu(timings.classic)),
    String(timing.runs),
  ]);
}

/** @param {Timing | undefined} timing */
const cpu = (timing) => timing?.cpu ?? Number.NaN;

/**
 * @param {Measured} measured
 * @param {Path} over
 * @param {Path} under
 */
const ratio = ({ timings }, over, under) => cpu(timings[over]) / cpu(timings[under]);

/** In MB, of a process that checks a classic signature and a linked proof of one file. */
async function memoryOfOneVerification() {
  const folder = mkdtempSync(join(tmpdir(), "tuf-ld-bench-"));
  try {
    const signer = await generateKey("Ed25519");
    const role = { keyids: ["key"], threshold: 1 };
    const keys = { key: toTufKey(signer.publicKey) };
    const unsigned = { ...parseMetadata(fileOf(targets(100_000))), signatures: [] };
    const signed = await addProof(await addSignature(unsigned, signer, { keyid: "key" }), signer, "targets");
    const paths = ["targets.json", "role.json"].map((name) => join(folder, name));
    writeFileSync(paths[0], serializeMetadata(signed, "file", 0));
    writeFileSync(paths[1], JSON.stringify({ role, keys }));
    return peakMemory(new URL("verifyOnce.mjs", import.meta.url), paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
