/**
 * The tree of a graph, as people see it.
 * @module
 */
import { describe, expect, test } from "vitest";
import { renderGraph } from "../../../src/report/graph.ts";

const tuf = (name: string): string => `<https://w3id.org/tuf-ld#${name}>`;
const a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>";

/** A text of N-Quads, and the lines of its tree. */
function tree(...quads: string[]): string[] {
  return renderGraph(`${quads.join("\n")}\n`)
    .trimEnd()
    .split("\n");
}

describe("renderGraph", () => {
  test("draws a blank node under the one that points to it, without its label", () => {
    expect(
      tree(
        `_:c14n0 ${tuf("roleName")} "root" .`,
        `_:c14n1 ${a} ${tuf("Root")} .`,
        `_:c14n1 ${tuf("role")} _:c14n0 .`,
        `_:c14n1 ${tuf("version")} "3"^^<http://www.w3.org/2001/XMLSchema#integer> .`,
      ),
    ).toEqual(["tuf:Root", '  tuf:version "3" xsd:integer', "  tuf:role", '    tuf:roleName "root"']);
  });

  test("labels a node that two others point to, and draws it once", () => {
    expect(
      tree(
        `<urn:a> ${tuf("key")} _:c14n0 .`,
        `<urn:b> ${tuf("key")} _:c14n0 .`,
        `_:c14n0 ${tuf("keyid")} "k" .`,
      ),
    ).toEqual(["urn:a", "  tuf:key _:c14n0", '    tuf:keyid "k"', "urn:b", "  tuf:key _:c14n0"]);
  });

  test("draws nodes that only point to each other", () => {
    const lines = tree(
      `_:c14n0 ${tuf("key")} _:c14n1 .`,
      `_:c14n1 ${tuf("key")} _:c14n0 .`,
      `<urn:x> ${a} <urn:T> .`,
    );
    expect(lines).toHaveLength(4);
    expect(lines).toContain("urn:x urn:T");
  });

  test("draws a node that points to itself", () => {
    expect(tree(`<urn:a> ${tuf("key")} <urn:a> .`)).toEqual(["urn:a", "  tuf:key urn:a"]);
  });

  test("is not misled by a literal that looks like the rest of a line", () => {
    const literal = '"x\\" . _:c14n0 <urn:p> \\"y"';
    expect(tree(`<urn:a> <urn:p> ${literal} .`)).toEqual(["urn:a", `  urn:p ${literal}`]);
    expect(tree(`<urn:a> <urn:p> "x> <urn:g" .`)).toEqual(["urn:a", '  urn:p "x> <urn:g"']);
  });

  test("keeps language tags and leaves named graphs out", () => {
    expect(tree('<urn:a> <urn:p> "x"@en .', '<urn:b> <urn:p> "y" <urn:g> .')).toEqual([
      "urn:a",
      '  urn:p "x"@en',
    ]);
  });

  test("draws a chain of 20,000 nodes and a literal of a million characters", () => {
    const chain = Array.from(
      { length: 20_000 },
      (_, index) => `<urn:${index}> <urn:next> <urn:${index + 1}> .`,
    );
    const long = "x".repeat(1_000_000);
    const lines = tree(...chain, `<urn:20000> <urn:p> "${long}" .`);
    expect(lines).toHaveLength(20_002);
    expect(lines.at(-1)?.trim()).toBe(`urn:p "${long}"`);
  });

  test("an empty graph is an empty line", () => {
    expect(renderGraph("")).toBe("\n");
  });
});
