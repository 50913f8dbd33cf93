/**
 * YAML for people and programs. A module of its own, loaded when needed: importing the whole library
 * lazily would keep all of it in the part that every run loads for reading.
 */
import { dump } from "js-yaml-writer";

/** Plain data as a YAML document, lines never folded. */
export function yamlText(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true });
}
