/** `list` as a graph: Graphviz, Mermaid, Markdown (02 §6.5). */
import { byName, isEmptyListing, type Listing } from "./list_model.ts";

/** A node of either role, with an id of its own and the ids above it. */
interface GraphNode {
  role: "provider" | "identity";
  name: string;
  kind: string;
  isDefault: boolean;
  id: string;
  parent: string | undefined;
}

/** Providers, then identities, each sorted; `makeId` names them, equal names are kept apart. */
function nodesOf(
  listing: Listing,
  makeId: (role: "provider" | "identity", name: string, taken: Set<string>) => string,
): GraphNode[] {
  const taken = new Set<string>();
  const ids = { provider: new Map<string, string>(), identity: new Map<string, string>() };
  const name = (role: "provider" | "identity", text: string) => {
    const id = makeId(role, text, taken);
    taken.add(id);
    ids[role].set(text, id);
    return id;
  };
  const providers = [...listing.providers, ...listing.parents.providers].sort(byName);
  const identities = [...listing.identities, ...listing.parents.identities].sort(byName);
  const nodes: GraphNode[] = providers.map(({ name: text, kind, isDefault }) => ({
    role: "provider",
    name: text,
    kind,
    isDefault,
    id: name("provider", text),
    parent: undefined,
  }));
  for (const { name: text } of identities) name("identity", text);
  for (const identity of identities) {
    nodes.push({
      role: "identity",
      name: identity.name,
      kind: identity.kind,
      isDefault: identity.isDefault,
      id: ids.identity.get(identity.name)!,
      parent: identity.viaProvider !== undefined
        ? ids.provider.get(identity.viaProvider)
        : identity.viaIdentity !== undefined
        ? ids.identity.get(identity.viaIdentity)
        : undefined,
    });
  }
  return nodes;
}

/** A `digraph` that `dot` accepts. */
export function listGraphviz(listing: Listing): string {
  if (isEmptyListing(listing)) {
    return "digraph AuthConfig {\n  // No providers or identities configured\n}\n";
  }
  const lines = ["digraph AuthConfig {", "  rankdir=LR;", "  node [shape=box, style=rounded];"];
  const nodes = nodesOf(listing, (role, name, taken) => {
    let id = name;
    while (taken.has(id)) id = `${role}:${id}`;
    return id;
  });
  for (const node of nodes) {
    const fill = node.role === "provider" ? "lightblue" : "lightgreen";
    const more = node.isDefault ? `, style="rounded,filled", fillcolor=${fill}` : "";
    const id = dotText(node.id);
    lines.push(`  "${id}" [label="${dotText(node.name)}\\n(${dotText(node.kind)})"${more}];`);
    if (node.parent !== undefined) lines.push(`  "${dotText(node.parent)}" -> "${id}";`);
  }
  lines.push("}");
  return lines.join("\n") + "\n";
}

function dotText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/\r\n|\r|\n/g, "\\n");
}

/** Words that Mermaid reads as its own where an id is expected. */
const reserved = new Set([
  "end",
  "default",
  "class",
  "classdef",
  "click",
  "graph",
  "flowchart",
  "style",
  "linkstyle",
  "subgraph",
  "direction",
  "call",
  "href",
  "interpolate",
]);

/** A Mermaid flow chart. */
export function listMermaid(listing: Listing): string {
  if (isEmptyListing(listing)) {
    return "graph LR\n  Empty[No providers or identities configured]\n";
  }
  const nodes = nodesOf(listing, (_role, name, taken) => {
    let base = name.replace(/[^A-Za-z0-9_]/g, "_");
    if (reserved.has(base.toLowerCase())) base += "_";
    let id = base;
    for (let i = 2; taken.has(id); i++) id = `${base}_${i}`;
    return id;
  });
  const lines = ["graph LR"];
  for (const node of nodes) {
    lines.push(`  ${node.id}["${label(node.name)}<br/>${label(node.kind)}"]`);
    if (node.parent !== undefined) lines.push(`  ${node.parent} --> ${node.id}`);
  }
  lines.push(
    "  classDef provider fill:#e3f2fd,stroke:#1976d2,stroke-width:2px",
    "  classDef identity fill:#e8f5e9,stroke:#388e3c,stroke-width:2px",
    "  classDef default stroke:#ff9800,stroke-width:3px",
  );
  for (const node of nodes) {
    lines.push(`  class ${node.id} ${node.role}`);
    if (node.isDefault) lines.push(`  class ${node.id} default`);
  }
  return lines.join("\n") + "\n";
}

function label(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replace(/\s+/g, " ");
}

/** The Mermaid chart as a Markdown document. */
export function listMarkdown(listing: Listing): string {
  return "# Authentication Configuration\n\n```mermaid\n" + listMermaid(listing) + "```\n";
}
