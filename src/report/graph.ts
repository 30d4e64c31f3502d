/**
 * Canonical N-Quads as a tree for people: each blank node under the one that points to it.
 * @module
 */

/** Prefixes under which people know the namespaces. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ["https://w3id.org/tuf-ld#", "tuf:"],
  ["https://w3id.org/security#", "sec:"],
  ["http://www.w3.org/2001/XMLSchema#", "xsd:"],
  ["http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "a"],
  ["http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:"],
  ["https://www.w3.org/2018/credentials#", "cred:"],
  ["http://purl.org/dc/terms/", "dc:"],
];

const LINE = /^(<[^>]*>|_:\S+) <([^>]*)> (.*?)( (<[^>]*>|_:\S+))? \.$/;

interface Statement {
  readonly predicate: string;
  readonly object: string;
}

/** The tree, one statement a line, indented by two spaces a level. Named graphs are left out. */
export function renderGraph(nquads: string): string {
  const subjects = new Map<string, Statement[]>();
  const pointedAt = new Set<string>();
  for (const line of nquads.split("\n")) {
    const [, subject, predicate, object, graph] = parseLine(line);
    if (subject === undefined || predicate === undefined || object === undefined || graph !== undefined) continue;
    const statements = subjects.get(subject) ?? [];
    statements.push({ predicate, object });
    subjects.set(subject, statements);
    if (object.startsWith("_:")) pointedAt.add(object);
  }
  const lines: string[] = [];
  const drawn = new Set<string>();
  const draw = (subject: string, depth: number): void => {
    drawn.add(subject);
    const indent = "  ".repeat(depth);
    for (const { predicate, object } of subjects.get(subject) ?? []) {
      const inner = subjects.has(object) && !drawn.has(object);
      lines.push(`${indent}${shorten(predicate)} ${inner ? object : term(object)}`);
      if (inner) draw(object, depth + 1);
    }
  };
  for (const subject of subjects.keys()) {
    if (pointedAt.has(subject)) continue;
    lines.push(term(subject));
    draw(subject, 1);
  }
  return `${lines.join("\n")}\n`;
}

function parseLine(line: string): (string | undefined)[] {
  // A literal may hold what looks like the end of a line or a graph name: take it first.
  const literal = /^(<[^>]*>|_:\S+) <([^>]*)> ("(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@\S+)?)( (?:<[^>]*>|_:\S+))? \.$/.exec(line);
  return literal ?? LINE.exec(line) ?? [];
}

function term(text: string): string {
  if (text.startsWith("<")) return shorten(text.slice(1, -1));
  const typed = /^("(?:[^"\\]|\\.)*")\^\^<([^>]*)>$/.exec(text);
  return typed === null ? text : `${typed[1]} ${shorten(typed[2] as string)}`;
}

function shorten(iri: string): string {
  for (const [namespace, prefix] of PREFIXES) {
    if (iri.startsWith(namespace)) return prefix + iri.slice(namespace.length);
  }
  return iri;
}
