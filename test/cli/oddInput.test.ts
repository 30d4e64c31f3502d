/**
 * Whatever a file, a folder or a note of ours holds, a command refuses it with a code: never ERR_INTERNAL, and never
 * without an end. Each command meets a few odd contents, another few in each place; a soak tries all of them.
 * @module
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runs } from "../support/runs.ts";
import { Folder, folder } from "./tufLd.ts";

/** `undefined` is a folder in the file's place. */
const ODD: readonly (readonly [name: string, content: string | Uint8Array | undefined])[] = [
  ["null", "null"],
  ["an empty array", "[]"],
  ["an empty text", '""'],
  ["nothing", ""],
  ["a folder", undefined],
  ["bytes that are no text", Uint8Array.of(0, 255, 254, 1, 0x80)],
  ["a number beyond all", "1e999"],
  ["an empty object", "{}"],
  ["metadata of null", '{"signed":null,"signatures":null}'],
  ["metadata of lists", '{"signed":[],"signatures":[{}]}'],
  ["a root without members", '{"signed":{"_type":"root"},"signatures":[]}'],
  ["a context of null", '{"@context":null,"proof":[null]}'],
  ["names of Object.prototype", '{"__proto__":{"signed":1},"constructor":null,"toString":[]}'],
  ["half a surrogate pair", '"\\ud800"'],
  ["an empty PEM block", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"],
  ["keys of null", '{"keys":[null],"kty":null}'],
];

const ROOT = "repo/public/metadata/1.root.json";
const REPO = ["--dir", "repo"];
const DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

/** Commands with the odd file as `odd`; as `in/NAME` it is in a folder that they read. */
const COMMANDS: readonly (readonly string[])[] = [
  ["verify", "odd", "--root", ROOT],
  ["verify", ROOT, "--root", "odd"],
  ["verify", ROOT, "--root", ROOT, "--via", "targets=odd"],
  ["verify", ROOT, "--key", "odd"],
  ["verify", "odd", "--issuer", DID],
  ["verify", "vc.json", "--issuer", "odd"],
  ["verify", "vc.json", "--issuer", DID, "--context", "https://x.example/c=odd"],
  ["verify", "vc.json", "--issuer", DID, "--contexts", "in"],
  ["verify", "odd", "--target", "app.txt"],
  ["sign", "odd", "--key", "me.pem"],
  ["sign", ROOT, "--key", "odd"],
  ["inspect", "odd"],
  ["convert", "--to", "linked", "odd"],
  ["convert", "--to", "classic", "odd"],
  ["canonize", "odd"],
  ["key", "show", "odd"],
  ["trust", "repo/public", "--root", "odd", "--name", "n"],
  ["trust", "in", "--tofu", "--name", "n"],
  ["get", "app.txt", "--map", "odd"],
  ["get", "app.txt", "-o", "odd"],
  ["mirror", "odd"],
  ["refresh", "--home", "odd"],
  ["repos", "--home", "odd"],
  ["add", "--from-csv", "odd", ...REPO],
  ["add", "--from-index", "in", ...REPO],
  ["delegate", "t", "--paths", "x", "--key", "odd", ...REPO],
  ["add-signature", "targets", "--in", "odd", ...REPO],
  ["recover", "--last-good", "in", ...REPO],
  ["status", "--dir", "odd"],
];

/** Files that commands read of themselves, and a few commands that read them. */
const PLACES: readonly (readonly [place: string, ...commands: (readonly string[])[]])[] = [
  ["repo/tuf-ld.json", ["status", ...REPO], ["publish", ...REPO]],
  ["repo/staged/metadata/targets.json", ["status", ...REPO], ["publish", ...REPO]],
  ["repo/staged/recovery.json", ["status", ...REPO], ["publish", ...REPO], ["recover", "--abort", ...REPO]],
  ["repo/staged/changes/00/head.json", ["add", "app.txt", ...REPO], ["publish", ...REPO]],
  ["repo/state/newest.json", ["status", ...REPO], ["publish", ...REPO]],
  ["repo/public/metadata/timestamp.json", ["publish", ...REPO], ["check", ...REPO]],
  ["repo/public/metadata/1.snapshot.json", ["publish", ...REPO], ["recover", "--last-good", "1", ...REPO]],
  [ROOT, ["status", ...REPO], ["publish", ...REPO]],
  ["home/r/repository.json", ["refresh"], ["repos"], ["trust", "repo/public", "--root", ROOT, "--name", "r"]],
  ["home/r/1.root.json", ["list"], ["repos"]],
  ["home/r/store/root.json", ["refresh"], ["repos"]],
  ["home/r/store/timestamp.json", ["refresh"], ["refresh", "--offline"]],
  ["home/r/store/http/validator.json", ["refresh"], ["get", "app.txt", "-o", "o"]],
];

const original = new Folder();
afterAll(() => original.remove());

/** The folder of a publisher and a client, with all that commands may find there. */
beforeAll(() => {
  const at = original;
  const env = { TUF_LD_HOME: at.file("home") };
  at.ok(["init", "repo", "-q"]);
  at.ok(["key", "gen", "root", "targets", "snapshot", "timestamp", "-q", "--unsafe-plain", ...REPO]);
  at.ok(["key", "gen", "--unsafe-plain", "-o", "me.pem", "-q"]);
  at.write("app.txt", "app");
  at.ok(["add", "app.txt", ...REPO]);
  at.ok(["publish", ...REPO]);
  at.ok(["trust", "repo/public", "--root", ROOT, "--name", "r"], { env });
  at.ok(["refresh"], { env });
  at.write("vc.json", {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    type: ["VerifiableCredential"],
    issuer: DID,
    credentialSubject: { id: "urn:x" },
  });
}, 120_000);

function put(path: string, content: string | Uint8Array | undefined): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(content === undefined ? path : dirname(path), { recursive: true });
  if (content !== undefined) writeFileSync(path, content);
}

/** `null`, which most readers forget, and the nth few of the other odd contents. */
function oddsFor(n: number): typeof ODD {
  const [first, ...others] = ODD;
  const some = others.map((_, i) => others[(n * 4 + i) % others.length]).slice(0, runs(1));
  return [first, ...some].filter((each) => each !== undefined);
}

/** Runs a command in a copy in which `spoil` has put something, and says how it ended. */
function ending(args: readonly string[], spoil: (at: Folder) => void): string {
  const at = folder();
  cpSync(original.path, at.path, { recursive: true });
  spoil(at);
  const { code, out, err } = at.run(args, { env: { TUF_LD_HOME: at.file("home") } });
  if (code === 0) return "ok";
  // `check` and reports say it on stdout.
  const [refusal = err] = /\bERR_[A-Z_]+/.exec(err) ?? /\bERR_[A-Z_]+/.exec(out) ?? [];
  return refusal;
}

const ENDED = /: (ok|ERR_(?!INTERNAL$)[A-Z_]+)$/;

describe("a file that is given", () => {
  test.each(COMMANDS.map((args, n) => [args.join(" "), args, n] as const))(
    "%s",
    (_, args, n) => {
      for (const [name, content] of oddsFor(n)) {
        const said = ending(args, (at) => {
          for (const file of ["odd", "in/timestamp.json", "in/contexts.json", "in/index.json"])
            put(at.file(file), content);
        });
        expect(`${name}: ${said}`).toMatch(ENDED);
      }
    },
    60_000,
  );
});

describe("a file of ours", () => {
  test.each(PLACES.map(([place, ...commands], n) => [place, commands, n] as const))(
    "%s",
    (place, commands, n) => {
      for (const [name, content] of oddsFor(n))
        for (const args of commands) {
          const said = ending(args, (at) => put(join(at.path, place), content));
          expect(`${args.join(" ")}, ${name}: ${said}`).toMatch(ENDED);
        }
    },
    60_000,
  );
});
