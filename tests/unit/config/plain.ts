import type { Node } from "../../../lib/config/node.ts";

/** Values of a tree for comparison: scalars as text (`!tag text` with a tag), lists, objects. */
export function plain(node: Node | undefined): unknown {
  if (node === undefined) return undefined;
  if (node.t === "scalar") return node.tag === undefined ? node.text : `${node.tag} ${node.text}`;
  if (node.t === "list") {
    const items = node.items.map(plain);
    return node.tag === undefined ? items : [node.tag, ...items];
  }
  return Object.fromEntries([...node.entries].map(([key, e]) => [key, plain(e.node)]));
}
