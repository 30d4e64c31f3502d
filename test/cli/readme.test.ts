/**
 * README does what it says: its quick start is run line by line, its TypeScript compiles and its first example runs,
 * and its table of dependencies is that of package.json.
 * @module
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { pinnedContexts } from "../../src/document/contexts.ts";
import { CLI, folder, sigstoreRoot } from "./tufLd.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    (match) => match[1] ?? "",
  );

describe("the quick start", () => {
  test("ends with a file that the colleague has verified, run as it is printed", async () => {
    const [publisher = "", colleague = ""] = blocks("sh");
    const lines = publisher.trim().split("\n");
    expect(lines.at(-1)).toBe("tuf-ld serve");
    expect([publisher, colleague].join("").match(/tuf-ld/g)).toHaveLength(8);
    const at = folder();
    mkdirSync(at.file("bin"));
    writeFileSync(at.file("bin/tuf-ld"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
    chmodSync(at.file("bin/tuf-ld"), 0o755);
    const env = {
      ...process.env,
      PATH: `${at.file("bin")}${delimiter}${process.env["PATH"]}`,
      TUF_LD_PASSPHRASE: "correct horse",
      TUF_LD_HOME: at.file("home"),
    };
    const run = (script: string, cwd: string): string =>
      execFileSync("sh", ["-e", "-c", script], {
        cwd,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    run(lines.slice(0, -1).join("\n"), at.path);
    // The one change: a port that is free here.
    const server: ChildProcess = spawn("tuf-ld", ["serve", "--port", "0", "--json"], {
      cwd: at.file("shop"),
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const said = await new Promise<string>((resolve) => {
        let text = "";
        server.stdout?.on("data", (data) => {
          text += String(data);
          if (/http:\/\/[\d.]+:\d+/.test(text)) resolve(text);
        });
      });
      const base = /http:\/\/[\d.]+:\d+/.exec(said)?.[0] ?? "";
      mkdirSync(at.file("colleague"));
      writeFileSync(
        at.file("colleague/1.root.json"),
        readFileSync(at.file("shop/public/metadata/1.root.json")),
      );
      expect(colleague).toContain("http://127.0.0.1:8000");
      run(colleague.replace("http://127.0.0.1:8000", base), at.file("colleague"));
      expect(readFileSync(at.file("colleague/downloads/hello.txt"), "utf8")).toBe("hello\n");
    } finally {
      server.kill();
    }
  });
});

describe("the TypeScript examples", () => {
  const snippets = blocks("ts");
  mkdirSync(join(ROOT, ".scratch"), { recursive: true });
  const place = mkdtempSync(join(ROOT, ".scratch/readme-"));
  afterAll(() => rmSync(place, { recursive: true, force: true }));
  /** What the reader has: it is said in the comments beside it. */
  const HAVE = `declare const bytes: Uint8Array<ArrayBuffer>, trustedRoot: Uint8Array<ArrayBuffer>, sha256: string;
declare const keys: import("tuf-ld/repository").KeyRing;\n`;

  test("compile as they stand, with what was built", () => {
    expect(snippets.length).toBeGreaterThanOrEqual(3);
    for (const [index, text] of snippets.entries()) writeFileSync(join(place, `${index}.ts`), HAVE + text);
    writeFileSync(
      join(place, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          module: "nodenext",
          target: "es2023",
          types: ["node"],
          typeRoots: [join(ROOT, "node_modules/@types")],
        },
        include: ["*.ts"],
      }),
    );
    const { stdout } = spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", place],
      {
        encoding: "utf8",
      },
    );
    expect(stdout).toBe("");
  });

  test("the first signs a root and finds whether it may be trusted", () => {
    writeFileSync(join(place, "in.json"), sigstoreRoot);
    const text = `import { readFileSync } from "node:fs";\nconst bytes = new Uint8Array(readFileSync("in.json"));\n${snippets[0]}
console.log(count.met, findings.length);`;
    writeFileSync(join(place, "first.mjs"), text);
    const said = execFileSync(process.execPath, ["first.mjs"], { cwd: place, encoding: "utf8" });
    expect(said).toMatch(/^true \d+\n$/);
    expect(readdirSync(place)).toContain("root.json");
    expect(JSON.parse(readFileSync(join(place, "root.json"), "utf8"))).toHaveProperty("proof");
  });
});

test("the table of dependencies names each dependency of package.json, and no other", () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const table = readme
    .slice(readme.indexOf("## Dependencies, and why"))
    .matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm);
  const named = [...table].slice(1).flatMap(([, names]) => (names ?? "").split(", "));
  expect(named.filter((name) => !/^-+$/.test(name)).sort()).toEqual(Object.keys(dependencies).sort());
});

test("the programs of docs/verify-elsewhere.md pin the contexts that we pin", () => {
  const page = readFileSync(join(ROOT, "docs/verify-elsewhere.md"), "utf8");
  const pins = readFileSync(join(ROOT, "contexts/pinned.md"), "utf8");
  const used = [
    "https://w3id.org/tuf-ld/v1",
    "https://w3id.org/security/suites/ed25519-2020/v1",
    "https://w3id.org/security/data-integrity/v2",
  ];
  expect(pinnedContexts.has(used[1] ?? "")).toBe(true);
  for (const url of used) {
    const digest = pins
      .split("\n")
      .find((line) => line.startsWith(`| <${url}> |`))
      ?.match(/`([0-9a-f]{64})`/)?.[1];
    expect(page.split(digest ?? "?")).toHaveLength(5);
  }
});
