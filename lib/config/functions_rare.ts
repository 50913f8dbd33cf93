import type { FunctionContext } from "./functions.ts";
import { functionFailed } from "./functions.ts";
import type { Node, ScalarNode } from "./node.ts";

/** Functions other than `!env`. */
export function runRareFunction(
  _cx: FunctionContext,
  fn: ScalarNode,
  _path: readonly string[],
): Promise<Node | undefined> {
  throw functionFailed(fn, "not available in this build");
}
