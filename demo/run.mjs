/**
 * `npm run demo`: Sigstore's production root, as the npm package @sigstore/tuf ships it, through the real command
 * line. Every command is printed as a person would type it and really run; the demo fails if one does not end as
 * announced. It works in a temporary folder and leaves nothing behind.
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Stage } from "./stage.mjs";

const REPOSITORY = "https://tuf-repo-cdn.sigstore.dev";
const seeds = createRequire(import.meta.url)("@sigstore/tuf/seeds.json");
const seed = Buffer.from(seeds[REPOSITORY]["root.json"], "base64");
const { signed } = JSON.parse(seed.toString("utf8"));
// A day before it expires it was valid, and a day after it was not.
const DAY = 24 * 60 * 60 * 1000;
const day = (offset) => new Date(Date.parse(signed.expires) + offset * DAY).toISOString().slice(0, 10);
const valid = day(-1);
const late = day(2);

const stage = new Stage({ TUF_LD_PASSPHRASE: randomBytes(12).toString("hex") });
const { say, step, run, write } = stage;
const path = (name) => join(stage.folder, name);
process.on("exit", () => rmSync(stage.folder, { recursive: true, force: true }));
process.once("SIGINT", () => process.exit(130));

try {
  write("root.json", seed);
  say(`Sigstore signs packages of npm, PyPI and others. The npm package @sigstore/tuf ships the root of its
TUF repository: version ${signed.version}, ${seed.length} bytes, ${Object.keys(signed.keys).length} keys, expires ${signed.expires}.
Here it is root.json, byte for byte.`);

  step("Its classic signatures, as any TUF client checks them");
  say(`We trust this root because the package ships it; on ${valid} it had not expired.`);
  run(`verify root.json --root root.json --require classic --at ${valid}`, { shows: "root version" });
  say("Some days later it is refused, and the exit code says why (14: expired).");
  run(`verify root.json --root root.json --require classic --at ${late}`, {
    exit: 14,
    shows: "ERR_EXPIRED",
    verdict: true,
  });

  step("The same file as a graph");
  run("inspect --tree root.json", { shows: "tuf:Root", lines: 20 });

  step("Linked proofs by two fresh keys");
  say("The private keys are encrypted; the passphrase comes from TUF_LD_PASSPHRASE.");
  run("key gen --type ed25519 -o alice.pem", { shows: "did:key" });
  run("key gen --type p256 -o bob.pem", { shows: "did:key" });
  run("key show alice.pem --as pem > alice.pub");
  run("key show bob.pem --as pem > bob.pub");
  run("sign root.json --key alice.pem --key bob.pem -o signed.json", {
    shows: "note: this root does not list",
  });
  say(`signed.json is one file with two views. TUF clients read "signed" and "signatures", which are Sigstore's
own; "proof" holds two Data Integrity proofs, each by a suite that is named by URI.`);
  run("inspect signed.json", { shows: "ecdsa-rdfc-2019" });

  step("Both views of it");
  say("The classic view, by Sigstore's keys:");
  run(`verify signed.json --root root.json --require classic --at ${valid}`, {
    shows: "root version",
    verdict: true,
  });
  say("The linked view, by the two keys that we trust here and now:");
  run(`verify signed.json --key alice.pub --key bob.pub --require linked --at ${valid}`, {
    shows: "2 of 2 keys",
  });
  say(`But Sigstore's root does not list our keys, so for Sigstore's threshold our proofs count for nothing. That
is as it must be: whose keys count is said by trusted metadata, never by a proof.`);
  run(`verify signed.json --root root.json --require linked --at ${valid}`, {
    exit: 10,
    shows: "ERR_NO_SIGNATURE",
  });

  step("A root of our own that lists both keys, and vouches for Sigstore's");
  const ours = writeOurs();
  say(`our-root.json gives alice and bob (2 of 2) every role; our-targets.json names root.json with its length and
SHA-256 ${ours.sha256.slice(0, 16)}... Both are signed in both views at once.`);
  run("sign our-root.json --key alice.pem --key bob.pem --as both -o our-root.json", {
    shows: "signed with",
  });
  run("sign our-targets.json --role targets --key alice.pem --key bob.pem --as both -o our-targets.json", {
    shows: "signed with",
  });
  for (const policy of ["classic", "linked", "both"]) {
    const verdict = policy !== "both";
    run(`verify our-targets.json --root our-root.json --require ${policy}`, {
      shows: "targets version 1",
      verdict,
    });
  }

  step("To the linked form and back: nothing changes");
  run("convert --to linked signed.json -o signed.jsonld");
  run("convert --to classic signed.jsonld -o back.json");
  const before = run("canonize --view classic --hash root.json").trim();
  const after = run("canonize --view classic --hash back.json").trim();
  stage.check(before === after, `the signed bytes have the same SHA-256: ${before.slice(0, 16)}...`);
  run("canonize --view classic root.json > before.txt");
  run("canonize --view classic back.json > after.txt");
  const [one, two] = ["before.txt", "after.txt"].map((name) => readFileSync(path(name)));
  stage.check(
    one.equals(two) && one.length > 0,
    `cmp before.txt after.txt: ${one.length} bytes, no difference`,
  );
  stage.check(
    sameJson("root.json", "back.json", "signatures"),
    "the classic signatures are the same, in the same order",
  );
  stage.check(sameJson("signed.json", "back.json", "proof"), "so are the linked proofs");
  say("And what verified before still does:");
  run(`verify back.json --root root.json --require classic --at ${valid}`, {
    shows: "root version",
    verdict: true,
  });
  run(`verify back.json --key alice.pub --key bob.pub --require linked --at ${valid}`, {
    shows: "2 of 2",
    verdict: true,
  });

  step("A tampered copy");
  say("Someone lowers the threshold of the role root, from 3 keys to 1.");
  const tampered = JSON.parse(readFileSync(path("signed.json"), "utf8"));
  tampered.signed.roles.root.threshold = 1;
  write("tampered.json", JSON.stringify(tampered));
  run(`verify tampered.json --root root.json --at ${valid}`, { exit: 12, shows: "ERR_THRESHOLD_UNMET" });
  say("By the keys of the linked view it fares no better:");
  run(`verify tampered.json --key alice.pub --key bob.pub --require linked --at ${valid}`, {
    exit: 12,
    shows: "ERR_THRESHOLD_UNMET",
  });

  step("A repository of our own, and a client that wants both views");
  run("init shop --bins 16", { shows: "key gen" });
  run("key gen root targets snapshot timestamp bin --dir shop", { shows: "bin" });
  run("add root.json --as sigstore/root.json --dir shop");
  run("publish --dir shop", { shows: "timestamp" });
  say("shop/public/ is what a web server serves. The client gets the first root by hand, once.");
  run(
    "trust shop/public/metadata --root shop/public/metadata/1.root.json --require both --name shop --home me",
  );
  run("get sigstore/root.json -o got --repo shop --home me");
  stage.check(
    readFileSync(path("got/sigstore/root.json")).equals(seed),
    "got/sigstore/root.json is the file",
  );

  step("Its timestamp key is replaced, and the client follows");
  run("rotate timestamp --dir shop", { shows: "timestamp" });
  run("publish --dir shop", { shows: "root, version 2" });
  run("refresh --repo shop --home me");

  step("Someone changes the file on the server");
  const served = join(stage.folder, "shop/public/targets/sigstore");
  for (const name of readdirSync(served)) writeFileSync(join(served, name), `${seed} `);
  run("get sigstore/root.json -o again --repo shop --home me", { exit: 16, shows: "ERR_" });
  stage.check(!existsSync(path("again/sigstore/root.json")), "nothing of it was delivered");

  stage.end();
} catch (error) {
  stage.fail(error);
}

/** Writes a root that lists alice and bob for every role, and targets that name Sigstore's root. */
function writeOurs() {
  const shown = ["alice.pub", "bob.pub"].map((name) => JSON.parse(stage.quietly(`key show ${name} --json`)));
  const role = { keyids: shown.map(({ keyid }) => keyid), threshold: 2 };
  const header = {
    spec_version: "1.0.34",
    version: 1,
    expires: `${new Date(Date.now() + DAY).toISOString().slice(0, 19)}Z`,
  };
  const sha256 = createHash("sha256").update(seed).digest("hex");
  const root = {
    _type: "root",
    ...header,
    consistent_snapshot: true,
    keys: Object.fromEntries(shown.map(({ keyid, tuf }) => [keyid, tuf])),
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  const targets = {
    _type: "targets",
    ...header,
    targets: { "sigstore/root.json": { length: seed.length, hashes: { sha256 } } },
  };
  write("our-root.json", JSON.stringify({ signatures: [], signed: root }));
  write("our-targets.json", JSON.stringify({ signatures: [], signed: targets }));
  return { sha256 };
}

function sameJson(a, b, member) {
  const [one, two] = [a, b].map((name) =>
    JSON.stringify(JSON.parse(readFileSync(path(name), "utf8"))[member]),
  );
  return one === two && one !== undefined;
}
