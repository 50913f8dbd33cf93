import { parseDocument, visit } from "yaml";

/** A configuration file with what is expected of it, written in its first lines. */
export interface ConfigFixture {
  /** `valid/saml`. */
  name: string;
  text: string;
  /** `error code path` of each finding, in order. */
  expected: string[];
  /** Whether the JSON Schema of `atmos.yaml` takes it as an editor sees it. */
  accepted: boolean;
}

const root = new URL("../fixtures/config/", import.meta.url);

/**
 * Every file below `tests/fixtures/config/<folder>`: lines `# expect: <severity> <code> <path>` in the order of
 * the findings, `# schema: accepts` or `# schema: rejects`.
 */
export function configFixtures(folder: "valid" | "invalid"): ConfigFixture[] {
  const files = [...Deno.readDirSync(new URL(`${folder}/`, root))].map((entry) => entry.name);
  return files.filter((file) => file.endsWith(".yaml")).sort().map((file) => {
    const text = Deno.readTextFileSync(new URL(`${folder}/${file}`, root));
    return {
      name: `${folder}/${file.replace(/\.yaml$/, "")}`,
      text,
      expected: [...text.matchAll(/^# expect: (.*)$/gm)].map((found) => found[1]!),
      accepted: /^# schema: accepts$/m.test(text),
    };
  });
}

/** The document as an editor without our tags sees it: a function is text (01 §9). */
export function asEditorSees(text: string): unknown {
  const document = parseDocument(text, { logLevel: "silent" });
  visit(document, {
    Scalar(_key, node) {
      if (!node.tag?.startsWith("!")) return;
      node.value = `${node.tag} ${node.value}`.trim();
      delete node.tag;
    },
  });
  return document.toJS() ?? {};
}
