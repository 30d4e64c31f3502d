/**
 * The end of `npm run build`: bundles dist/cli/main.js as dist/bin/tuf-ld.js, the program that package.json names.
 * A command would otherwise read a hundred small files before it starts, which takes longer than most of its work.
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

const { metafile } = await build({
  absWorkingDir: ROOT,
  // Both files lie in one folder, at the depth of dist/cli: `import.meta.url` leads to package.json and binWorker.js.
  entryPoints: { "tuf-ld": "dist/cli/main.js", binWorker: "dist/node/binWorker.js" },
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
  // A directive counts in the first statement only, and the banner stands before esbuild's own.
  banner: { js: '"use strict";const moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "moduleUrl" },
  metafile: true,
  logLevel: "warning",
});

const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
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
