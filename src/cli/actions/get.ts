/// <reference types="node" />
/**
 * Downloads targets.
 * @module
 */
import { relative } from "node:path";
import { createTargetFolder } from "../../node/targetFolder.ts";
import type { GetOptions } from "../commands/get.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { withSession } from "../session.ts";
import { type LocatedTarget, openSource, roleOf } from "../targetSource.ts";

export async function get(targets: readonly string[], options: GetOptions): Promise<void> {
  await withSession(options, async (session) => {
    const source = await openSource(options, session);
    // All are looked up before any is downloaded: a mistyped path is told at once.
    const located: LocatedTarget[] = [];
    for (const path of new Set(targets)) {
      const each = await source.find(path);
      session.progress.expect(each.target.length);
      located.push(each);
    }
    const folder = createTargetFolder(options.out ?? ".");
    const files: object[] = [];
    for (const each of located) {
      const { path, target, repositories } = each;
      const received = await each.download(folder);
      session.progress.finish(target.length);
      const file = relative("", folder.pathOf(path));
      if (!options.json) {
        session.progress.stop();
        await writeOutput(undefined, `${printable(file)}\n`);
        if (received === 0 && target.length > 0) session.note(`${file} was there already`);
        continue;
      }
      const { length, hashes } = target;
      files.push({ path, file, length, hashes, role: roleOf(each).role, repositories, received });
    }
    if (options.json) {
      await writeOutput(undefined, toJson({ ok: true, files, failedMirrors: session.failedMirrors }));
    }
  });
}
