/**
 * docs/keep-it-alive.md: the command lines of its recipes are run as they stand there, in a shell.
 * @module
 */
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { copiesOf, inRepo, removeOriginals, SECRET } from "./repositoryFolder.ts";
import { CLI, Folder, folder } from "./tufLd.ts";

afterAll(removeOriginals);

const text = readFileSync(new URL("../../docs/keep-it-alive.md", import.meta.url), "utf8");

function recipe(name: string): string {
  const [, found] = new RegExp(`<!-- recipe: ${name} -->\n\`\`\`\\w+\n([^]*?)\n\`\`\``).exec(text) ?? [];
  if (found === undefined) throw new Error(`there is no recipe ${name}`);
  return found;
}

/** The place of the recipes: online keys with the passphrase of the timer, those of people elsewhere. */
async function place(): Promise<Folder> {
  const make = async (): Promise<Folder[]> => {
    const at = new Folder();
    at.ok(["init", "repo", "-q"]);
    inRepo(at, "key", "gen", "snapshot", "timestamp");
    for (const role of ["root", "targets"]) {
      at.ok(["key", "gen", "--unsafe-plain", "-o", `${role}.pem`]);
      at.ok(["role", "add-key", role, `${role}.pem`, "--dir", "repo"]);
    }
    for (const role of ["root", "targets"])
      at.ok(["sign", role, "--key", `${role}.pem`, "--yes", "--dir", "repo"]);
    at.write("passphrase", `${SECRET.TUF_LD_PASSPHRASE}\n`);
    at.ok(["publish", "-q", "--dir", "repo"], { env: { TUF_LD_PASSPHRASE_FILE: at.file("passphrase") } });
    const settings = at.json<{ expiryDays: Record<string, number> }>("repo/tuf-ld.json");
    // Half of the time of targets and timestamp is over.
    const expiryDays = { ...settings.expiryDays, targets: 36_000, timestamp: 3 };
    at.write("repo/tuf-ld.json", { ...settings, expiryDays });
    return [at];
  };
  const [at = folder()] = await copiesOf("recipes", make);
  at.write("tuf-ld", `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  chmodSync(at.file("tuf-ld"), 0o755);
  return at;
}

/** Runs a line as a person would have it run, in the place where the recipes have theirs. */
function shell(at: Folder, line: string, env: Readonly<Record<string, string>> = {}) {
  const { PATH = "" } = process.env;
  const { status, stderr } = spawnSync("/bin/sh", ["-c", line.replaceAll("/srv/tuf", at.path)], {
    cwd: at.path,
    env: { PATH: `${at.path}:${PATH}`, HOME: at.path, ...env },
    encoding: "utf8",
  });
  return { status, stderr };
}

const versionOf = (at: Folder, file: string): number =>
  at.json<{ signed: { version: number } }>(`repo/public/metadata/${file}`).signed.version;

test("cron: the line renews, and says what is due", async () => {
  const at = await place();
  const [, line = ""] = /^(?:\S+ ){5} *(.+)$/m.exec(recipe("cron").replace(/^#.*\n/, "")) ?? [];
  const { status, stderr } = shell(at, line);
  expect([status, stderr]).toEqual([14, expect.stringMatching(/^warning: targets is about to expire/)]);
  expect(versionOf(at, "timestamp.json")).toBe(2);
});

test("systemd: what the service runs renews, ends as the unit allows, and checks what stands there", async () => {
  const at = await place();
  const unit = recipe("systemd");
  const valuesOf = (name: string): string[] =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value ?? "");
  const [name = "", value = ""] = (valuesOf("Environment")[0] ?? "").split("=");
  const env = { [name]: value.replaceAll("/srv/tuf", at.path) };
  const [start = "", post = ""] = [...valuesOf("ExecStart"), ...valuesOf("ExecStartPost")];
  expect(valuesOf("SuccessExitStatus")).toEqual([String(shell(at, start, env).status)]);
  expect(shell(at, post, env).status).toBe(0);
  expect(versionOf(at, "timestamp.json")).toBe(2);
});

test("CI: the steps end well though a holder has to sign, who signs by the last recipe", async () => {
  const at = await place();
  const env = { TUF_LD_PASSPHRASE_FILE: at.file("passphrase") };
  expect(shell(at, recipe("ci"), env)).toMatchObject({ status: 0 });
  expect(shell(at, `set -e\n${recipe("sign")}`, env)).toMatchObject({ status: 0 });
  expect(versionOf(at, "2.targets.json")).toBe(2);
});
