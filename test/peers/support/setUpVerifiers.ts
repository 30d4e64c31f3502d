/**
 * The programs of docs/verify-elsewhere.md, taken from the page as a reader would and set up as it says.
 * @module
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Attempt, Installed } from "./setUp.ts";

/** One program in two Python libraries, one in Go, one in Java, and the contexts that all of them read. */
export interface InstalledVerifiers {
  /** The folder that holds `contexts/`. */
  readonly folder: string;
  readonly pyld: Installed;
  readonly pyoxigraph: Installed;
  readonly gold: Installed;
  readonly titanium: Installed;
}

interface Tools {
  readonly folder: string;
  readonly attempt: (command: string, args: readonly string[], cwd?: string) => Promise<Attempt>;
  readonly once: (
    folder: string,
    inputs: readonly string[],
    installed: Installed,
    install: () => Promise<Attempt>,
  ) => Promise<Installed>;
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

/** The files of the page, by name. */
export async function filesOfPage(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(ROOT, "docs/verify-elsewhere.md"), "utf8");
  return new Map(
    [...page.matchAll(/^`([\w.-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [
      name ?? "",
      text ?? "",
    ]),
  );
}

/** Writes the contexts, and sets up each program whose language is here. */
export async function installVerifiers({ folder, attempt, once }: Tools): Promise<InstalledVerifiers> {
  const files = await filesOfPage();
  const text = (name: string): string => {
    const found = files.get(name);
    if (found === undefined) throw new Error(`docs/verify-elsewhere.md has no ${name}`);
    return found;
  };
  const put = async (place: string, ...names: string[]): Promise<void> => {
    for (const name of names) await writeFile(join(place, name), text(name));
  };

  await mkdir(folder, { recursive: true });
  await put(folder, "write-contexts.mjs");
  for (const [name, target] of [
    ["tuf-ld", ROOT],
    ["ed25519-signature-2020-context", join(ROOT, "node_modules/ed25519-signature-2020-context")],
    [
      "@digitalbazaar/data-integrity-context",
      join(ROOT, "node_modules/@digitalbazaar/data-integrity-context"),
    ],
  ] as const) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link).catch(() => undefined);
  }
  await run(process.execPath, ["write-contexts.mjs"], { cwd: folder });

  const inPython = async (): Promise<readonly [Installed, Installed]> => {
    const place = join(folder, "python");
    const command = join(place, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
    const program = (name: string): Installed => ({ command, args: ["-B", join(place, name)] });
    const inputs = [text("requirements.txt")];
    const installed = await once(place, inputs, program("verify_pyld.py"), async () => {
      const made = await attempt("python3", ["-m", "venv", place]);
      if ("missing" in made) return made;
      await put(place, "requirements.txt");
      const options = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"];
      return attempt(command, ["-m", "pip", "install", ...options, "-r", join(place, "requirements.txt")]);
    });
    if ("missing" in installed) return [installed, installed];
    await put(place, "verify_pyld.py", "verify_pyoxigraph.py");
    return [installed, program("verify_pyoxigraph.py")];
  };
  const inGo = (): Promise<Installed> => {
    const place = join(folder, "go");
    const inputs = [text("go.mod"), text("main.go")];
    return once(place, inputs, { command: join(place, "verify"), args: [] }, async () => {
      await put(place, "go.mod", "main.go");
      // What `go mod tidy` writes; here the digests are pinned as well.
      await copyFile(join(ROOT, "test/peers/verifiers/go.sum"), join(place, "go.sum"));
      const modules = await attempt("go", ["mod", "download"], place);
      if (!("missing" in modules)) await run("go", ["build", "-o", "verify", "."], { cwd: place });
      return modules;
    });
  };
  const inJava = (): Promise<Installed> => {
    const place = join(folder, "java");
    const path = `${join(place, "lib")}/*:${place}`;
    const inputs = [text("pom.xml"), text("Verify.java")];
    return once(place, inputs, { command: "java", args: ["-cp", path, "Verify"] }, async () => {
      await put(place, "pom.xml", "Verify.java");
      const libraries = ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"];
      const fetched = await attempt("mvn", libraries, place);
      if (!("missing" in fetched)) await run("javac", ["-cp", "lib/*", "Verify.java"], { cwd: place });
      return fetched;
    });
  };
  const [[pyld, pyoxigraph], gold, titanium] = await Promise.all([inPython(), inGo(), inJava()]);
  return { folder, pyld, pyoxigraph, gold, titanium };
}
