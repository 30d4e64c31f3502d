/**
 * Help, usage errors and how errors look.
 * @module
 */
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { errorOf, folder } from "./tufLd.ts";

interface CommandWords {
  readonly path: string;
  readonly commands: readonly { readonly name: string }[];
  readonly options: readonly { readonly flags: readonly string[]; readonly description: string }[];
}

const scratch = (): ReturnType<typeof folder> => folder();

describe("help", () => {
  test("every command and subcommand has help with examples, on stdout, that mentions every option", () => {
    const at = scratch();
    const words = JSON.parse(at.ok(["completion", "bash", "--json"])) as CommandWords[];
    const own = [
      "key",
      "key gen",
      "key show",
      "convert",
      "canonize",
      "sign",
      "verify",
      "inspect",
      "suites",
      "completion",
    ];
    expect(words.map(({ path }) => path)).toEqual(expect.arrayContaining(["", ...own]));
    for (const { path, options } of words) {
      const { code, out, err } = at.run([...path.split(" ").filter(Boolean), "--help"]);
      expect({ path, code, err }).toEqual({ path, code: 0, err: "" });
      expect(out).toMatch(/^Usage: tuf-ld/);
      expect(out).toMatch(/\nExamples:\n {2}\S/);
      for (const { flags, description } of options) {
        for (const flag of flags) expect(out).toContain(flag);
        expect(description).not.toBe("");
      }
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  test("every command that has no commands below it has --json", () => {
    const at = scratch();
    const words = JSON.parse(at.ok(["completion", "bash", "--json"])) as CommandWords[];
    const without = words.filter(({ options }) => !options.some(({ flags }) => flags.includes("--json")));
    const groups = words.filter(({ commands }) => commands.length > 0);
    expect(without.map(({ path }) => path)).toEqual(groups.map(({ path }) => path));
  });

  test("the examples of the help use options that exist", () => {
    const at = scratch();
    const words = JSON.parse(at.ok(["completion", "bash", "--json"])) as CommandWords[];
    for (const { path, options } of words.filter(({ commands }) => commands.length === 0)) {
      const help = at.ok([...path.split(" ").filter(Boolean), "--help"]);
      const examples = help.slice(help.indexOf("\nExamples:")).replaceAll("\\\n", " ");
      const own = examples.split("\n").filter((line) => line.includes(`tuf-ld ${path} `));
      const flags = options.flatMap((option) => option.flags);
      for (const line of own) {
        const used = line.slice(line.indexOf("tuf-ld ")).match(/(?<= )--?[a-z][\w-]*/g) ?? [];
        for (const flag of used) expect(flags, `${path}: ${line}`).toContain(flag);
      }
    }
  });

  test("help of a command can be asked for in three ways", () => {
    const at = scratch();
    const help = at.ok(["verify", "--help"]);
    expect(at.ok(["verify", "-h"])).toBe(help);
    expect(at.ok(["help", "verify"])).toBe(help);
  });

  test("the version is that of the package", () => {
    const at = scratch();
    expect(at.ok(["--version"])).toBe(`${packageJson.version}\n`);
    expect(at.ok(["-V"])).toBe(`${packageJson.version}\n`);
  });

  test("without a command, help goes to stderr and the exit code is 2", () => {
    const at = scratch();
    for (const args of [[], ["key"]]) {
      const { code, out, err } = at.run(args);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^Usage: tuf-ld/);
    }
  });
});

describe("usage errors", () => {
  test.each<[string, string[], RegExp]>([
    ["an unknown option", ["verify", "x", "--bogus"], /unknown option '--bogus'/],
    [
      "an unknown option, with the one that is meant",
      ["verify", "x", "--isuer", "k"],
      /Did you mean --issuer\?/,
    ],
    ["an unknown command", ["verfy", "x"], /unknown command 'verfy'.*Did you mean verify\?/],
    ["an unknown subcommand", ["key", "make"], /unknown command 'make'/],
    ["a missing argument", ["verify"], /missing required argument 'file'/],
    ["an argument too many", ["inspect", "a", "b"], /too many arguments/],
    ["a missing mandatory option", ["convert", "x"], /--to/],
    [
      "a value that is not among the choices",
      ["convert", "x", "--to", "xml"],
      /Allowed choices are linked, classic/,
    ],
    ["a missing value", ["verify", "x", "--root"], /argument missing/],
    ["a date that is none", ["verify", "x", "--at", "yesterday"], /Give a date such as/],
    ["a day that no month has", ["verify", "x", "--at", "2026-02-30"], /Give a date such as/],
    ["a local time", ["verify", "x", "--at", "2026-02-03 10:00"], /Give a date such as/],
    ["a count that is none", ["verify", "x", "--threshold", "0"], /Give a whole number/],
    ["options that exclude each other", ["inspect", "x", "--tree", "--nquads"], /cannot be used with/],
    ["a passphrase in argv", ["key", "gen", "--passphrase", "secret"], /unknown option '--passphrase'/],
    [
      "--json without a place for the data",
      ["convert", "x", "--to", "linked", "--json"],
      /--json needs --out/,
    ],
    ["the same for a key", ["key", "gen", "--json"], /--json needs --out/],
    ["the same for a signature", ["sign", "x", "-k", "y", "--json", "--out", "-"], /--json needs --out/],
    ["a shell that there is no script for", ["completion", "tcsh"], /Allowed choices are bash, zsh, fish/],
  ])("%s is refused with code 2, a message and a pointer to the help", (_, args, message) => {
    const ended = scratch().run(args);
    expect(ended.code).toBe(2);
    const error = errorOf(ended);
    expect(error.code).toBe("ERR_USAGE");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/`tuf-ld .*--help`/);
    expect(ended.err.trimEnd().split("\n")).toHaveLength(2);
    if (!args.includes("--json")) expect(ended.out).toBe("");
  });

  test("the hint names the command that was used", () => {
    const at = scratch();
    expect(errorOf(at.run(["key", "gen", "--bogus"])).hint).toContain("`tuf-ld key gen --help`");
    expect(errorOf(at.run(["bogus"])).hint).toContain("`tuf-ld --help`");
    at.write("d.json", { "@context": "https://www.w3.org/ns/credentials/v2" });
    expect(errorOf(at.run(["verify", "d.json"])).hint).toContain("`tuf-ld verify --help`");
  });

  test("with --json the error is on stdout too, as JSON", () => {
    const ended = scratch().run(["verify", "missing.json", "--root", "x", "--json"]);
    expect(ended.code).toBe(21);
    const { ok, error } = JSON.parse(ended.out) as { ok: boolean; error: Record<string, string> };
    expect({ ok, ...error }).toMatchObject({
      ok: false,
      ...errorOf(ended),
      details: { path: "missing.json" },
    });
  });
});

describe("colours", () => {
  const failing = ["inspect", "missing.json"];

  test("are used where they are forced, and not in a pipe", () => {
    const at = scratch();
    expect(at.run(failing).err).not.toContain("\u001b[");
    expect(at.run(failing, { env: { FORCE_COLOR: "1" } }).err).toContain("\u001b[");
    expect(at.run(failing, { env: { FORCE_COLOR: "0" } }).err).not.toContain("\u001b[");
  });

  test("NO_COLOR is stronger than what forces them", () => {
    const env = { FORCE_COLOR: "1", NO_COLOR: "1" };
    const at = scratch();
    expect(at.run(failing, { env }).err).not.toContain("\u001b[");
    expect(at.run(["suites"], { env }).out).not.toContain("\u001b[");
    expect(at.run(["suites"], { env: { FORCE_COLOR: "1" } }).out).toContain("\u001b[");
  });
});
