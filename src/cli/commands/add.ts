/// <reference types="node" />
/**
 * `tuf-ld add` and `tuf-ld remove`: what they take.
 * @module
 */
import { type Command, Option } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";

export interface AddOptions extends FolderOptions {
  readonly as?: string;
  readonly base?: string;
  readonly role?: string;
  readonly custom?: string;
  readonly hash?: string;
  readonly fromCsv?: string;
  readonly fromIndex?: string;
  readonly pages?: boolean;
  readonly strict?: boolean;
}

export interface RemoveOptions extends FolderOptions {
  readonly role?: string;
  readonly now?: boolean;
}

const ROLE = "the role that lists them; default: the bins if there are any, else targets";

export function registerAdd(program: Command): void {
  const files = ["as", "base", "custom", "hash"];
  const add = program
    .command("add")
    .description("add targets: files and folders, lines of CSV, or what a package index lists")
    .argument("[file...]", "files and folders")
    .option("--as <name>", "the target's name, or what stands for the name of the one folder that is given")
    .option("--base <dir>", "names are the paths relative to this folder")
    .option("--role <role>", ROLE)
    .option("--custom <json>", "a JSON object that metadata says of each target")
    .option("--hash <names>", "digests, sha256, sha384 or sha512, with commas between; default: sha256")
    .addOption(
      new Option("--from-csv <file>", "take lines path,length,sha256[,custom JSON]; - reads stdin").conflicts(
        [...files, "fromIndex"],
      ),
    )
    .addOption(
      new Option("--from-index <url>", "take a simple index in JSON (PEP 691), a URL or a folder").conflicts(
        files,
      ),
    )
    .option("--no-pages", "with --from-index: do not make and add pages of the index")
    .option("--strict", "with --from-index or --from-csv: refuse what would otherwise be skipped");
  addFolderOptions(add)
    .addHelpText(
      "after",
      `
Files are named as \`cp -r\` names copies: dist/app.tar.gz becomes app.tar.gz, and
what is in dist becomes dist/...; dist/. leaves the folder's name out. With
--base . names are the paths as given. Each file is copied to staged/targets/
under the name that carries its hash; publishing moves it to public/targets/.
Symbolic links may lead only to places in the folder that was named. What is there
under the same name is replaced.

Lines of CSV are quoted as in RFC 4180; a first line path,length,sha256,custom
is a header. An index's files become packages/PROJECT/FILE, and its pages
simple/PROJECT/index.html and index.json. A folder may also be what bandersnatch
writes (web/simple, index.v1_json). Files without a proper size or sha256 are
skipped and counted, and with both so is what belongs to projects that have keys
of their own (PEP 480). Of a target that stands in CSV twice the last line counts;
that is told for the first 100,000 lines. Neither copies files: put those into
public/targets/ yourself, as packages/PROJECT/SHA256.FILE for an index. An import
into hash bins that was interrupted goes on where it was.

What is added is staged; \`tuf-ld publish\` publishes it.

Examples:
  tuf-ld add dist/app-1.0.tar.gz
  tuf-ld add dist --as releases/1.0 --hash sha256,sha512
  tuf-ld add docs/a.pdf docs/old --base . --role docs --custom '{"reviewed":true}'
  tuf-ld add --from-csv targets.csv
  tuf-ld add --from-index https://pypi.org/simple/`,
    )
    .action(async (paths: string[], options: AddOptions) =>
      (await import("../actions/add.ts")).add(paths, options),
    );
}

export function registerRemove(program: Command): void {
  const remove = program
    .command("remove")
    .description("remove targets; `tuf-ld clean --targets` removes their files later")
    .argument(
      "<target...>",
      "paths or shell-style patterns; * does not cross /, dir/ stands for all below it",
    )
    .option("--role <role>", ROLE)
    .option("--now", "take their files down from public/ at once, before the removal is published");
  addFolderOptions(remove)
    .addHelpText(
      "after",
      `
If one of the paths selects nothing, nothing is removed. A pattern reads every
bin. The removal is staged; \`tuf-ld publish\` publishes it.

With --now clients that find such a target in the metadata of before get no file;
it works once the removal is staged, too.

Examples:
  tuf-ld remove app-0.9.tar.gz
  tuf-ld remove malware.tar.gz --now
  tuf-ld remove 'releases/0.*/' docs/old/ --role docs`,
    )
    .action(async (paths: string[], options: RemoveOptions) =>
      (await import("../actions/remove.ts")).remove(paths, options),
    );
}
