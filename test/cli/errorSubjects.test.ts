/**
 * Every refusal names the file, the role and the URL, to people and in `--json`.
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "../support/httpServer.ts";
import { Simulator } from "../support/simulator/repository.ts";
import { type Files, filesBelow, person, put, server } from "./clientWorld.ts";
import { errorOf } from "./tufLd.ts";

const CASE_08 = fileURLToPath(new URL("../../../shared/cases/08-error-without-file/repo", import.meta.url));
const AT = ["--at", "2026-06-02"];

interface Told {
  readonly error: { code: string; message: string; hint: string; file?: string; role?: string; url?: string };
}

/** A server that answers every file that it lacks with a page of HTML and status 200, as some sites do. */
async function page(files: Files): Promise<string> {
  const running = await listen((request, response) => {
    const bytes = files.get((request.url ?? "").slice(1));
    response.writeHead(200, { "content-type": bytes === undefined ? "text/html" : "application/json" });
    response.end(bytes ?? "<!doctype html>\n<title>Sign in</title>\n");
  });
  onTestFinished(() => running.close());
  return running.base;
}

async function simulated() {
  const repository = await Simulator.create();
  repository.addTarget("targets", "app.txt", "the application");
  await repository.delegate("targets", { name: "team/a", paths: ["team/*"] });
  repository.addTarget("team/a", "team/tool.txt", "the tool");
  await repository.publishAll();
  const origin = await server();
  put(origin, repository.files);
  const user = person();
  user.at.write("root.json", repository.rootBytes(1));
  const url = `${origin.base}/metadata/`;
  await user.ok("trust", url, "--root", "root.json", "--name", "repo");
  return { repository, origin, user, url };
}

describe("a server that answers a missing file with a page", () => {
  test("is named by the URL of the file that was asked for", async () => {
    const { repository, user } = await simulated();
    const base = await page(repository.files);
    await user.ok("trust", `${base}/metadata/`, "--root", "root.json", "--name", "pages", "--offline");
    const ended = await user.run("refresh", "--repo", "pages", "--json", ...AT);
    expect(ended.code).toBe(18);
    const url = `${base}/metadata/2.root.json`;
    const { error } = JSON.parse(ended.out) as Told;
    expect(error).toMatchObject({ code: "ERR_JSON_SYNTAX", file: "2.root.json", role: "root", url });
    expect(errorOf(ended).message).toMatch(`${url}: line 1, column 1`);
  });

  test.skipIf(!existsSync(CASE_08))("is named in case 08 of ../shared/cases", async () => {
    const base = await page(filesBelow(CASE_08));
    const user = person();
    const root = `${CASE_08}/metadata/1.root.json`;
    const ended = await user.run("trust", `${base}/metadata`, "--root", root, "--name", "s");
    expect([ended.code, errorOf(ended).code]).toEqual([18, "ERR_JSON_SYNTAX"]);
    expect(errorOf(ended).message).toContain(`${base}/metadata/2.root.json`);
  });
});

test("a delegated role that is malformed is named with its file, role and URL", async () => {
  const { origin, user, url } = await simulated();
  const spoiled = new TextEncoder().encode('{"signed":{"_type":"targets"},"signatures":[]}');
  origin.origin.put("/metadata/1.team%2Fa.json", spoiled);
  const ended = await user.run("get", "team/tool.txt", "--json", ...AT);
  const { error } = JSON.parse(ended.out) as Told;
  expect(error).toMatchObject({ code: "ERR_SHAPE", role: "team/a", file: "1.team%2Fa.json" });
  expect(error.url).toBe(`${url}1.team%2Fa.json`);
  expect(error.message).toMatch(`${url}1.team%2Fa.json (role "team/a"): `);
  const explained = await user.run("explain", "team/tool.txt", "--json", ...AT);
  expect((JSON.parse(explained.out) as Told).error).toMatchObject({ role: "team/a", url: error.url });
});

test("verify names the file that a step refuses, and of two roots neither", async () => {
  const { repository, user } = await simulated();
  repository.timestamp.expires = "2026-06-10T00:00:00Z";
  await repository.write("timestamp");
  user.at.write("ts.json", repository.bytes("metadata/timestamp.json"));
  const late = await user.run("verify", "ts.json", "--root", "root.json", "--at", "2026-06-20", "--json");
  expect((JSON.parse(late.out) as Told).error).toMatchObject({
    code: "ERR_EXPIRED",
    file: "ts.json",
    role: "timestamp",
    message: expect.stringMatching(/^ts\.json: /),
  });
  const later = await user.run("verify", "ts.json", "--root", "root.json", "--at", "2050-01-01", "--json");
  expect((JSON.parse(later.out) as Told).error).toMatchObject({ file: "root.json", role: "root" });
  const own = await user.run("verify", "root.json", "--root", "./root.json", "--at", "2050-01-01", "--json");
  const { error } = JSON.parse(own.out) as Told;
  expect([error.role, error.file]).toEqual(["root", undefined]);
});
