/**
 * Canonicalization: the direct path against stock jsonld.js, against classic TUF and against the floor.
 *
 * Every path starts from the bytes of a metadata file and ends with a SHA-256. `classic` is what a classic
 * client in JavaScript does at best: `JSON.parse`, no validation, and our own OLPC canonical JSON. `stock`
 * gets the linked form from our adapter, since no other software has one.
 *
 * @module
 */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsonld from "jsonld";
import { canonizeDirect, digestDirect } from "../dist/canonical/direct.js";
import { olpc } from "../dist/classic/olpc.js";
import { parseJson } from "../dist/document/json.js";
import { createContextLoader } from "../dist/document/loader.js";
import { parseMetadata } from "../dist/metadata/file.js";
import { toLinked } from "../dist/metadata/linkedForm.js";
import { TUF_CONTEXTS, tufLdContext } from "../dist/vocabulary/context.js";
import { CONTEXT_URL } from "../dist/vocabulary/terms.js";
import { fileOf, snapshot, targets } from "./documents.mjs";
import { peakMemory, race, slope } from "./measure.mjs";
import { atLeast, atMost } from "./requirements.mjs";
import { figure } from "./table.mjs";

/** @typedef {import("./measure.mjs").Timing} Timing */
/** @typedef {"stock" | "direct" | "classic" | "floor"} Path */
/** @typedef {{ document: string, bytes: number, timings: Partial<Record<Path, Timing>> }} Measured */

const CASES = [
  { document: "targets 1,000", make: () => targets(1_000), stock: "always" },
  { document: "targets 10,000", make: () => targets(10_000), stock: "always" },
  { document: "targets 100,000", make: () => targets(100_000), stock: "full" },
  { document: "snapshot 16,384", make: () => snapshot(16_384), stock: "always" },
];

const { load } = createContextLoader(new Map([[CONTEXT_URL, tufLdContext]]));
const decoder = new TextDecoder();

/** @type {(bytes: Uint8Array) => import("../dist/metadata/file.js").JsonObject} */
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
    classic: () => sha256(olpc(parse(file).signed)),
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
  const peak = memoryOfOneVerification();
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

/** In MB. */
function memoryOfOneVerification() {
  const folder = mkdtempSync(join(tmpdir(), "tuf-ld-bench-"));
  try {
    const file = fileOf(targets(100_000));
    const path = join(folder, "targets.json");
    writeFileSync(path, file);
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("hex");
    const signature = sign(null, digestDirect(parseMetadata(file).signed), privateKey).toString("hex");
    return peakMemory(new URL("verifyOnce.mjs", import.meta.url), [path, raw, signature]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
