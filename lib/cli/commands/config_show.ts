import type { Node } from "../../config/node.ts";
import { isNull } from "../../config/node.ts";
import { shownPath } from "../../config/path.ts";
import { plainData, printYaml, provenance, provenanceMap } from "../../config/print.ts";
import { isSecretPath, REDACTED } from "../../config/view.ts";
import { AuthError } from "../../core/types.ts";
import type { CommandContext } from "../types.ts";

/** `config show [PATH]` (01, Beyond 3): the merged configuration below a path, `auth` by default. */
export async function run(cx: CommandContext): Promise<number> {
  const format = cx.text("format") ?? "yaml";
  if (format !== "yaml" && format !== "json") {
    throw new AuthError({
      code: "invalid_format",
      message: `invalid format: ${format}`,
      hints: ["Valid formats are `yaml` and `json`"],
      exit: 2,
    });
  }
  const written = cx.invocation.positionals[0] ?? "auth";
  const loaded = await cx.loaded({ functions: cx.bool("resolved") });
  const found = step(loaded.merged, pathOf(written));
  if (found === undefined) {
    if (cx.invocation.positionals.length > 0) throw nothingAt(written, loaded.merged);
    cx.out("{}\n");
    return 0;
  }
  const { node, path } = found;
  // A function that has not been run names a secret without being one.
  const mask = (leaf: Node, below: readonly string[]) =>
    leaf.tag === undefined && isSecretPath(loaded.merged, [...path, ...below])
      ? REDACTED
      : undefined;
  const shorten = (file: string) => shownPath(cx.deps.env, file);
  const withPlaces = cx.bool("provenance");
  if (format === "json") {
    const value = plainData(node, mask);
    const shown = withPlaces ? { value, provenance: provenanceMap(node, shorten) } : value;
    cx.out(`${JSON.stringify(shown, null, 2)}\n`);
  } else {
    const comment = (leaf: Node) => withPlaces ? provenance(leaf, shorten) : undefined;
    cx.out(printYaml(node, { comment, mask }));
  }
  return 0;
}

/** `a.b["c.d"][0]`: keys by dots, in brackets where they hold one. */
export function pathOf(text: string): string[] {
  const steps: string[] = [];
  const part = /\.?(?:\[(?:"((?:[^"\\]|\\.)*)"|(\d+))\]|([^.[\]]+))/y;
  while (part.lastIndex < text.length) {
    const at = part.lastIndex;
    const match = part.exec(text);
    if (!match) {
      throw new AuthError({
        code: "invalid_path",
        message: `invalid path: ${text}`,
        explanation: `It cannot be read from position ${at + 1} on.`,
        hints: ['Separate keys by dots: `auth.identities.prod`, `auth.identities["a.b"].via`'],
      });
    }
    steps.push(match[1] === undefined ? match[2] ?? match[3]! : JSON.parse(`"${match[1]}"`));
  }
  return steps;
}

/** The node at a path; names of entries are found whatever their case (01 §4.1). */
function step(root: Node, path: string[]): { node: Node; path: string[] } | undefined {
  let here: Node | undefined = root;
  const walked: string[] = [];
  for (const key of path) {
    if (here?.t === "list") {
      here = here.items[Number(key)];
      walked.push(key);
    } else if (here?.t === "map") {
      const known: string | undefined = here.entries.has(key)
        ? key
        : walked[0] === "auth" && walked.length === 2
        ? [...here.entries.keys()].find((other) => other.toLowerCase() === key.toLowerCase())
        : undefined;
      if (known === undefined) return undefined;
      here = here.entries.get(known)!.node;
      walked.push(known);
    } else return undefined;
  }
  return here === undefined || isNull(here) ? undefined : { node: here, path: walked };
}

function nothingAt(path: string, root: Node): AuthError {
  const sections = root.t === "map" ? [...root.entries.keys()].sort() : [];
  return new AuthError({
    code: "invalid_path",
    message: `nothing is configured at ${path}`,
    hints: sections.length > 0 ? [`Sections with values: ${sections.join(", ")}`] : [],
  });
}
