/**
 * Settings that promise protection which this version does not give. They stand in the schema, and
 * using one is an error of every command that reads `auth`: to go on would be a false sense of safety.
 */
import { AuthError } from "../sys/error.ts";
import { isNull, type Node } from "./node.ts";
import { nodeAt } from "./typing.ts";

/** Value that asks for nothing, by dotted path from the root; empty = any use is refused. */
export const REFUSED: readonly (readonly [path: string, harmless: string])[] = [
  ["auth.policy", ""],
  ["auth.delivery", "files"],
  ["auth.cache.secrets", "plain"],
  ["auth.exec.mask_output", "never"],
  ["auth.audit.required", "false"],
  ["imports.require_signature", "false"],
];

/** Message for a setting; `%s` is its path. */
export const REFUSED_TEXT = "%s is not supported by this version: nothing would be enforced";

/** Whether a value asks for what cannot be had. A function that was not run may come to anything. */
export function asksForMore(node: Node, harmless: string): boolean {
  if (isNull(node)) return false;
  if (node.t !== "scalar") return true;
  return node.tag === undefined && node.text.trim().toLowerCase() !== harmless;
}

/** Throws AuthError `unsupported_setting` for the first such setting that is in use. */
export function refuseUnsupported(merged: Node | undefined): void {
  for (const [path, harmless] of REFUSED) {
    const node = nodeAt(merged, ...path.split("."));
    if (node === undefined || !asksForMore(node, harmless)) continue;
    throw new AuthError({
      code: "unsupported_setting",
      message: `invalid auth config: ${REFUSED_TEXT.replace("%s", path)}`,
      hints: [`Remove \`${path}\`, or use a version that supports it`],
    });
  }
}
