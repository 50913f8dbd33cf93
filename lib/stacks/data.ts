/** Nodes as data for templates. */
import { isNull } from "../config/node.ts";
import type { Node } from "../config/node.ts";
import type { Data } from "./template.ts";

/** Maps, lists, texts; unquoted booleans are booleans, numbers keep their digits as text. */
export function dataOf(node: Node | undefined): Data {
  if (node === undefined || isNull(node)) return undefined;
  if (node.t === "list") return node.items.map(dataOf);
  if (node.t === "map") {
    return Object.fromEntries([...node.entries].map(([key, entry]) => [key, dataOf(entry.node)]));
  }
  if (node.plain && node.tag === undefined) {
    if (/^(true|True|TRUE)$/.test(node.text)) return true;
    if (/^(false|False|FALSE)$/.test(node.text)) return false;
  }
  return node.text;
}
