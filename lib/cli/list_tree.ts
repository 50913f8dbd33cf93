/** `list` as a tree (02 §6.5). */
import { textAt } from "../core/types.ts";
import {
  byName,
  type ListedIdentity,
  type ListedProvider,
  type Listing,
  providerUrl,
} from "./list_model.ts";
import { dotOf, timeLeft } from "./list_expiry.ts";

/** A line and what hangs below it. */
interface TreeNode {
  text: string;
  below: TreeNode[];
}

export interface TreeOptions {
  colour: boolean;
  /** Epoch ms that countdowns are reckoned from. */
  now: number;
}

const DEPTH = 5;

/** The whole tree, ending in a newline. */
export function listTree(listing: Listing, options: TreeOptions): string {
  return new Tree(listing, options).text();
}

class Tree {
  /** Identities by the provider or identity above them. */
  private below = {
    provider: new Map<string, ListedIdentity[]>(),
    identity: new Map<string, ListedIdentity[]>(),
  };
  private drawn = new Set<string>();

  constructor(private readonly listing: Listing, private readonly options: TreeOptions) {
    for (const identity of [...listing.identities, ...listing.parents.identities].sort(byName)) {
      if (identity.viaProvider !== undefined) {
        push(this.below.provider, identity.viaProvider, identity);
      } else if (identity.viaIdentity !== undefined) {
        push(this.below.identity, identity.viaIdentity, identity);
      }
    }
  }

  text(): string {
    const { listing } = this;
    const roots = [...listing.providers, ...listing.parents.providers].sort(byName)
      .map((provider) => this.provider(provider));
    const standalone = this.standalone();
    if (standalone.length > 0) roots.push({ text: "Standalone Identities", below: standalone });
    const lines = [` ${this.bold("Authentication Configuration")}`];
    draw(roots, "", lines);
    return lines.join("\n") + "\n";
  }

  private provider(provider: ListedProvider): TreeNode {
    const node: TreeNode = {
      text: `${this.bold(line(provider.name))} (${provider.kind})` +
        (provider.isDefault ? " [DEFAULT]" : ""),
      below: [],
    };
    const { entry } = provider;
    if (entry && provider.stand === "shown") {
      const url = providerUrl(entry);
      const details: [string, string | undefined][] = [
        ["Region", textAt(entry.values, "region")],
        [url?.label ?? "", url?.url],
        ["Username", textAt(entry.values, "username")],
        ["Provider Type", textAt(entry.values, "provider_type")],
      ];
      for (const [label, value] of details) {
        if (value !== undefined) node.below.push(leaf(`${label}: ${line(value)}`));
      }
      const duration = textAt(entry.values, "session", "duration");
      if (duration) {
        node.below.push({ text: "Session", below: [leaf(`Duration: ${line(duration)}`)] });
      }
    }
    const identities = this.below.provider.get(provider.name) ?? [];
    if (identities.length > 0) {
      node.below.push({ text: "Identities", below: identities.map((i) => this.identity(i, [])) });
    }
    return node;
  }

  /** Roots without a provider, then whatever only a loop reaches. */
  private standalone(): TreeNode[] {
    const all = [...this.listing.identities, ...this.listing.parents.identities].sort(byName);
    const nodes = all
      .filter((i) => i.viaProvider === undefined && i.viaIdentity === undefined)
      .map((i) => this.identity(i, []));
    for (const identity of all) {
      if (!this.drawn.has(identity.name)) nodes.push(this.identity(identity, []));
    }
    return nodes;
  }

  private identity(identity: ListedIdentity, path: string[]): TreeNode {
    if (path.includes(identity.name)) return leaf(`${line(identity.name)} (cycle detected)`);
    this.drawn.add(identity.name);
    const { now, colour } = this.options;
    const dot = dotOf(identity.expiry, now, colour);
    const left = timeLeft(identity.expiry, now);
    const node: TreeNode = {
      text: (dot === undefined ? "" : `${dot} `) + `${line(identity.name)} (${identity.kind})` +
        (identity.isDefault ? " [DEFAULT]" : "") +
        (identity.alias === undefined ? "" : ` [ALIAS: ${line(identity.alias)}]`) +
        (left === undefined ? "" : ` ${left}`),
      below: [],
    };
    const principal = identity.stand === "shown" ? identity.entry?.values.principal : undefined;
    if (principal !== null && typeof principal === "object" && Object.keys(principal).length > 0) {
      node.below.push({ text: "Principal", below: values(principal, 1) });
    }
    for (const child of this.below.identity.get(identity.name) ?? []) {
      node.below.push(this.identity(child, [...path, identity.name]));
    }
    return node;
  }

  private bold(text: string): string {
    return this.options.colour ? `\x1b[1m${text}\x1b[0m` : text;
  }
}

function leaf(text: string): TreeNode {
  return { text, below: [] };
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

/** Keys of a map sorted, lists of texts in one line, below depth 5 three dots. */
function values(map: object, depth: number): TreeNode[] {
  const entries: [string, unknown][] = Array.isArray(map)
    ? map.map((item, i) => [String(i), item])
    : Object.entries(map).sort((a, b) => a[0] < b[0] ? -1 : 1);
  return entries.filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([key, value]) => {
      if (typeof value !== "object") return leaf(`${line(key)}: ${line(String(value))}`);
      if (depth >= DEPTH) return { text: line(key), below: [leaf("...")] };
      if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
        return leaf(`${line(key)}: ${value.map((item) => line(String(item))).join(", ")}`);
      }
      return { text: line(key), below: values(value as object, depth + 1) };
    });
}

/** Values of configuration as one line: nothing in them may draw. */
function line(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ");
}

function draw(nodes: TreeNode[], indent: string, lines: string[]): void {
  nodes.forEach((node, i) => {
    const last = i === nodes.length - 1;
    lines.push(indent + (last ? "└──" : "├──") + node.text);
    draw(node.below, indent + (last ? "   " : "│  "), lines);
  });
}
