/**
 * The end of `npm run build`: bundles dist/cli/main.js as dist/bin/main.js, and beside it dist/bin/tuf-ld.js, which
 * package.json names and which loads it. A command would otherwise read a hundred small files before it starts, which
 * takes longer than most of its work.
 *
 * One file for all commands, in CommonJS: finding and linking an ES module costs more than parsing what a command does
 * not need. What is imported when it is asked for, such as `actions/`, is still evaluated no earlier.
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "dist/bin");
/** Small, and needed by nearly every command. The other dependencies are large or rarely needed, and stay outside. */
const BUNDLED = ["commander", "@scure/base"];

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const { dependencies } = JSON.parse(read("package.json"));

/** @type {import("esbuild").BuildOptions} */
const OPTIONS = {
  absWorkingDir: ROOT,
  // All files lie in one folder, at the depth of dist/cli: `import.meta.url` leads to package.json and binWorker.js.
  outdir: OUT,
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20.19",
  external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
  // Names stay, so that a stack in a report of a defect can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  legalComments: "none",
  define: { "import.meta.url": "moduleUrl" },
  metafile: true,
  logLevel: "warning",
};
const results = await Promise.all([
  build({
    ...OPTIONS,
    entryPoints: { "tuf-ld": "dist/cli/launch.js", binWorker: "dist/node/binWorker.js" },
    // A directive counts in the first statement only, and the banner stands before esbuild's own.
    banner: { js: '"use strict";const moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
  }),
  build({
    ...OPTIONS,
    entryPoints: { main: "dist/cli/main.js" },
    plugins: [{ name: "no subprograms", setup: withoutSubprograms }],
    // What launch.ts evaluates is one expression: the function that it calls.
    banner: { js: '(function(require,importPackage,moduleUrl){"use strict";' },
    footer: { js: "})" },
  }),
]);
writeFileSync(join(OUT, "main.js"), withoutImports(read("dist/bin/main.js"), results[1].metafile));

const inputs = results
  .flatMap(({ metafile }) => Object.values(metafile.outputs))
  .flatMap(({ inputs }) => Object.keys(inputs));
const packages = new Set(
  inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
);
// The package's own says that a .js file is an ES module.
writeFileSync(join(OUT, "package.json"), '{ "type": "commonjs" }\n');
writeFileSync(join(OUT, "LICENSES.txt"), [...packages].sort().map(licenceOf).join("\n"));

/** The licence of a package, as it has to go with every copy. */
function licenceOf(name) {
  const folder = `node_modules/${name}`;
  const file = readdirSync(join(ROOT, folder)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} is bundled and has no file with its licence`);
  return `${name} ${JSON.parse(read(`${folder}/package.json`)).version}\n\n${read(`${folder}/${file}`)}`;
}

/** Code that is evaluated from a cache cannot import (Node says so when it tries): launch.ts does it in its place. */
function withoutImports(code, { outputs }) {
  // It is read with a byte for each character, which V8 stores and compares in half of the space.
  if (/[^\0-\x7f]/.test(code)) throw new Error("main.js is not ASCII");
  const imports = Object.values(outputs).flatMap(({ imports }) => imports);
  const { length } = imports.filter(({ kind }) => kind === "dynamic-import");
  const parts = code.split(/\bimport\(/);
  if (parts.length !== length + 1)
    throw new Error(`main.js has ${length} imports, ${parts.length - 1} were found`);
  return parts.join("importPackage(");
}

/** commander loads what starts processes, for commands that are programs of their own. We have none, and save 1 ms. */
function withoutSubprograms({ onResolve, onLoad }) {
  const filter = /^node:child_process$/;
  onResolve({ filter }, ({ importer }) =>
    /node_modules.commander\b/.test(importer) ? { path: "node:child_process", namespace: "none" } : undefined,
  );
  onLoad({ filter, namespace: "none" }, () => ({ contents: "" }));
}
