/**
 * Canonical N-Quads as a tree for people: each node under the one that points to it.
 * @module
 */

/** Prefixes under which people know the namespaces. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ["https://w3id.org/tuf-ld#", "tuf:"],
  ["https://w3id.org/security#", "sec:"],
  ["http://www.w3.org/2001/XMLSchema#", "xsd:"],
  ["http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:"],
  ["https://www.w3.org/2018/credentials#", "cred:"],
  ["http://purl.org/dc/terms/", "dc:"],
];

const TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const QUAD =
  /^(<[^>]*>|_:\S+) <([^>]*)> (<[^>]*>|_:\S+|"[^"\\]*(?:\\.[^"\\]*)*"(?:\^\^<[^>]*>|@\S+)?)( (?:<[^>]*>|_:\S+))? \.$/;

/** Levels that are indented; documents have a dozen, and a chain of nodes may have thousands. */
const MAX_INDENT = 64;

interface Statement {
  readonly predicate: string;
  readonly object: string;
}

/** A subject with what is said of it, and how often the graph points to it. */
interface Node {
  readonly subject: string;
  readonly types: string[];
  readonly statements: Statement[];
  pointers: number;
}

/**
 * The tree, one statement a line, two spaces a level, what has parts of its own last. A blank node has its label
 * only where it is pointed to more than once. Named graphs, such as those of proofs, are left out.
 */
export function renderGraph(nquads: string): string {
  const nodes = readNodes(nquads);
  const lines: string[] = [];
  const drawn = new Set<Node>();
  const named = [...nodes.values()];
  // Nodes that nothing points to come first; after them whatever only a circle leads to.
  for (const top of [...named.filter(({ pointers }) => pointers === 0), ...named]) {
    if (drawn.has(top)) continue;
    drawn.add(top);
    lines.push(heading(top));
    // An explicit stack: a chain of nodes may be longer than the engine's own.
    const open = [{ parts: partsOf(top, nodes), depth: 1 }];
    for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
      const statement = level.parts.pop();
      if (statement === undefined) {
        open.pop();
        continue;
      }
      const node = nodes.get(statement.object);
      const inner = node !== undefined && !drawn.has(node) ? node : undefined;
      const text = inner === undefined ? term(statement.object) : heading(inner);
      lines.push(
        `${"  ".repeat(Math.min(level.depth, MAX_INDENT))}${shorten(statement.predicate)} ${text}`.trimEnd(),
      );
      if (inner === undefined) continue;
      drawn.add(inner);
      open.push({ parts: partsOf(inner, nodes), depth: level.depth + 1 });
    }
  }
  return `${lines.join("\n")}\n`;
}

function readNodes(nquads: string): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const line of nquads.split("\n")) {
    const [, subject, predicate, object, graph] = QUAD.exec(line) ?? [];
    if (subject === undefined || predicate === undefined || object === undefined || graph !== undefined)
      continue;
    const node = nodes.get(subject) ?? { subject, types: [], statements: [], pointers: 0 };
    nodes.set(subject, node);
    if (predicate === TYPE) node.types.push(term(object));
    else node.statements.push({ predicate, object });
  }
  for (const { subject, statements } of nodes.values()) {
    for (const { object } of statements) {
      const node = nodes.get(object);
      if (node !== undefined && object !== subject) node.pointers++;
    }
  }
  return nodes;
}

/** What is said of a node, the last first, so that it can be taken from the end. */
function partsOf({ statements }: Node, nodes: ReadonlyMap<string, Node>): Statement[] {
  const isPart = ({ object }: Statement): boolean => nodes.has(object);
  return [...statements.filter((statement) => !isPart(statement)), ...statements.filter(isPart)].reverse();
}

function heading({ subject, types, pointers }: Node): string {
  // A blank node at the top is its type; below, it is what points to it.
  const needless = subject.startsWith("_:") && (pointers === 1 || (pointers === 0 && types.length > 0));
  return [...(needless ? [] : [term(subject)]), ...types].join(" ");
}

function term(text: string): string {
  if (text.startsWith("<")) return shorten(text.slice(1, -1));
  const typed = /^(".*")\^\^<([^>"]*)>$/.exec(text);
  return typed === null ? text : `${typed[1]} ${shorten(typed[2] as string)}`;
}

function shorten(iri: string): string {
  for (const [namespace, prefix] of PREFIXES) {
    if (iri.startsWith(namespace)) return prefix + iri.slice(namespace.length);
  }
  return iri;
}
