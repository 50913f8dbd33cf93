import assert from "node:assert/strict";
import { type Import, type Module, parseModule, productModules } from "../support/graph.ts";

const modules = productModules();
const byPath = new Map(modules.map((m) => [m.path, m]));

/** The part of the house a file belongs to. */
function part(path: string): string {
  if (path === "lib/core/types.ts") return "core/types";
  if (/^(providers|integrations)\/registry\.ts$/.test(path)) return "registries";
  const folder = path.split("/");
  return folder[0] === "lib" ? folder[1]! : folder[0]!;
}

/** What each part may import besides itself. Everybody may import the ground floor. */
const allowed: Record<string, string[]> = {
  "main.ts": ["cli"],
  cli: [
    "stacks",
    "git",
    "config",
    "core",
    "core/types",
    "registries",
    "store",
    "oauth",
    "emulator",
  ],
  stacks: ["config", "core", "core/types", "git", "store"],
  // Of the configuration the reading of addresses and trees (01 §1.7).
  git: ["core", "core/types", "config", "store"],
  // Of the store only the paths of the layout (03 §5.1).
  config: ["core/types", "store"],
  core: ["core/types", "registries", "store", "oauth"],
  registries: ["core/types", "providers", "integrations"],
  providers: ["core/types", "store", "oauth"],
  // `providers/<cloud>.ts` holds what the kinds of one cloud share.
  integrations: ["core/types", "store", "oauth", "providers"],
  "core/types": [],
  store: [],
  oauth: [],
  emulator: [],
  sys: [],
};

function problems(check: (module: Module) => string[]): string {
  return modules.flatMap(check).join("\n");
}

function lines(module: Module, text: string, pattern: RegExp): string[] {
  return text.split("\n").flatMap((line, i) => {
    const found = line.match(pattern);
    return found ? [`${module.path}:${i + 1}: ${found[0].trim()}`] : [];
  });
}

Deno.test("imports only go down", () => {
  assert.equal(
    problems((module) =>
      module.imports.flatMap((found) => {
        if (found.file === undefined) return [];
        const from = part(module.path), to = part(found.file);
        if (from === to || to === "sys" || allowed[from]?.includes(to)) return [];
        return [`${module.path}:${found.line} imports ${found.file}`];
      })
    ),
    "",
  );
});

Deno.test("every imported file exists", () => {
  assert.equal(
    problems((module) =>
      module.imports.filter((i) => i.file !== undefined && !byPath.has(i.file))
        .map((i) => `${module.path}:${i.line} imports ${i.file}`)
    ),
    "",
  );
});

Deno.test("no module imports itself in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, trail: string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const { file, dynamic } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined && !dynamic) walk(file, [...trail, path]);
    }
    done.add(path);
  };
  for (const module of modules) walk(module.path, []);
  assert.equal(circles.join("\n"), "");
});

const doors = (path: string) => path.startsWith("lib/sys/") || path.startsWith("lib/emulator/");

Deno.test("only lib/sys names Deno, fetch and process", () => {
  assert.equal(
    problems((module) => {
      if (doors(module.path)) return [];
      const found = lines(
        module,
        module.bare,
        /(?<![\w.$"])(Deno\s*(\.|\[)\s*\w*|fetch\s*\(|process\s*\.\s*\w+)|globalThis\s*\.\s*(Deno|fetch|process)\b/,
      );
      return module.path === "main.ts"
        ? found.filter((line) => !/: Deno\.(args|exit)$/.test(line))
        : found;
    }),
    "",
  );
});

Deno.test("only lib/sys asks the time", () => {
  assert.equal(
    problems((module) =>
      doors(module.path) ? [] : lines(
        module,
        module.bare,
        /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()/,
      )
    ),
    "",
  );
});

Deno.test("only lib/sys prints", () => {
  assert.equal(
    problems((module) =>
      doors(module.path) ? [] : lines(
        module,
        module.bare,
        /(?<![\w.$])console\s*\.\s*(log|error|warn|info|debug|table)\b/,
      )
    ),
    "",
  );
});

/** 03 §1.4. `ambient` and `mock` are words of the language too and cannot be searched for. */
const kinds = [
  "aws/iam-identity-center",
  "aws/saml",
  "aws/permission-set",
  "aws/assume-role",
  "aws/assume-root",
  "aws/user",
  "aws/ambient",
  "aws/emulator",
  "aws/ecr",
  "aws/ecr-public",
  "aws/eks",
  "azure/cli",
  "azure/device-code",
  "azure/interactive",
  "azure/oidc",
  "azure/subscription",
  "azure/emulator",
  "azure/acr",
  "azure/aks",
  "gcp/adc",
  "gcp/workload-identity-federation",
  "gcp/service-account",
  "gcp/project",
  "gcp/emulator",
  "gcp/gke",
  "github/oidc",
  "github/sts",
  "kubernetes/emulator",
  "atmos/pro",
  "mock/aws",
];

Deno.test("nobody outside providers/, integrations/ and the schema table writes a kind", () => {
  const literal = new RegExp(`(["'\`])(${kinds.join("|")})\\1`);
  assert.equal(
    problems((module) =>
      /^(providers|integrations)\/|^lib\/config\/schema\w*\.ts$/.test(module.path)
        ? []
        : lines(module, module.code, literal)
    ),
    "",
  );
});

/** Every module that is loaded as soon as `main.ts` is, with the way there. */
function reachable(from: string): Map<string, { trail: string[]; external: Import[] }> {
  const found = new Map<string, { trail: string[]; external: Import[] }>();
  const walk = (path: string, trail: string[]): void => {
    const module = byPath.get(path);
    if (found.has(path) || module === undefined) return;
    const loaded = module.imports.filter((i) => !i.dynamic && !i.typeOnly);
    found.set(path, { trail: [...trail, path], external: loaded.filter((i) => !i.file) });
    for (const { file } of loaded) if (file !== undefined) walk(file, [...trail, path]);
  };
  walk(from, []);
  return found;
}

Deno.test("main.ts statically reaches no node: module and no package but the YAML parser", () => {
  const bad: string[] = [];
  for (const { trail, external } of reachable("main.ts").values()) {
    for (const { specifier } of external) {
      if (specifier !== "js-yaml") bad.push(`${trail.join(" -> ")} -> ${specifier}`);
    }
  }
  assert.equal(bad.join("\n"), "");
});

Deno.test("SDKs and node: modules stand behind import() inside a function, everywhere", () => {
  const heavy =
    /^(node:|@aws-sdk\/|@smithy\/|@azure\/|google-auth-library|@clack\/|yaml$|@google-cloud\/)/;
  assert.equal(
    problems((module) =>
      module.path.startsWith("lib/emulator/")
        ? []
        : module.imports.filter((i) => !i.dynamic && !i.typeOnly && heavy.test(i.specifier))
          .map((i) => `${module.path}:${i.line} imports ${i.specifier}`)
    ),
    "",
  );
});

Deno.test("import() is given a literal, so that the bundle holds what it names", () => {
  assert.equal(
    problems((module) =>
      module.imports.filter((i) => i.dynamic && i.specifier === "")
        .map((i) => `${module.path}:${i.line}`)
    ),
    "",
  );
});

Deno.test("folders are one level deep below lib/, and no file only passes others on", () => {
  assert.equal(
    problems((module) => {
      const found: string[] = [];
      const depth = module.path.split("/").length;
      if (
        module.path.startsWith("lib/") && depth > 3 && !module.path.startsWith("lib/cli/commands/")
      ) found.push(`${module.path} lies too deep`);
      if (/^(providers|integrations)\//.test(module.path) && depth > 2) {
        found.push(`${module.path} lies too deep`);
      }
      const rest = module.bare.replace(/\bexport\b[^;]*\bfrom\s*"[^"]*";?/g, "").trim();
      if (rest === "" && module.bare.trim() !== "") found.push(`${module.path} is a barrel`);
      return found;
    }),
    "",
  );
});

Deno.test("main.ts stays under 60 lines", () => {
  const main = byPath.get("main.ts");
  assert.ok(main === undefined || main.code.split("\n").length < 60);
});

Deno.test("the import reader tells static, dynamic and type imports apart", () => {
  const module = parseModule(
    "lib/core/x.ts",
    [
      `import { a } from "./a.ts"; // import "no.ts"`,
      `import type { B } from "../sys/b.ts";`,
      `import { type C, type D } from "./c.ts";`,
      `import "side-effect";`,
      `export { e } from "./e.ts";`,
      `export const text = "import x from 'y'";`,
      `const f = await import("npm:f");`,
      "const g: import(\"./g.ts\").G = `${await import('./h.ts')} import('./no.ts')`;",
      `const re = /import "z"/; /* import "q" */`,
      `export type { I } from './i.ts';`,
    ].join("\n"),
  );
  assert.deepEqual(
    module.imports.map((i) => [i.file ?? i.specifier, i.dynamic, i.typeOnly, i.line]),
    [
      ["lib/core/a.ts", false, false, 1],
      ["lib/sys/b.ts", false, true, 2],
      ["lib/core/c.ts", false, true, 3],
      ["side-effect", false, false, 4],
      ["lib/core/e.ts", false, false, 5],
      ["lib/core/i.ts", false, true, 10],
      ["npm:f", true, false, 7],
      ["lib/core/g.ts", true, true, 8],
      ["lib/core/h.ts", true, false, 8],
    ],
  );
});
