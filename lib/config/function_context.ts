/** What YAML functions are given while a configuration is being loaded. */
import { resolveBasePath } from "./base_path.ts";
import type { BasePathInput } from "./base_path.ts";
import { functionFailed, runFunction } from "./functions.ts";
import type { FunctionContext } from "./functions.ts";
import { nodeAt } from "./node.ts";
import type { Node } from "./node.ts";
import { settingOf } from "./reader.ts";
import type { FileReader, RemoteImports } from "./reader.ts";
import { sanitize } from "./remote_address.ts";
import type { RunFunction } from "./settle.ts";

/** State of the loading; functions run while it is still changing, so it is asked for each time. */
export interface LoadState {
  deps: FunctionContext["deps"];
  cwd: string;
  gitRoot: string | undefined;
  configDir: string;
  project: () => Omit<BasePathInput, "value" | "runtime" | "anchor">;
  runtimeBasePath: () => string | undefined;
  /** Merged so far. */
  root: () => Node | undefined;
  reader: () => FileReader;
  remote: RemoteImports | undefined;
}

export function functionContext(state: LoadState): FunctionContext {
  return {
    deps: state.deps,
    cwd: state.cwd,
    gitRoot: () => state.gitRoot,
    includeBase: () => includeBase(state),
    trusted: (source) => state.reader().trusted(source),
    fetchRemote: async (address, at) => {
      if (!state.remote) throw functionFailed(at, "remote includes are not possible here");
      const { document, paths } = await state.remote.get(address, {
        ttl: state.reader().ttl,
        setting: (key) => settingOf(state.root(), key),
      });
      if (document) return document;
      if (paths?.length !== 1) {
        throw functionFailed(at, `${sanitize(address)} stands for ${paths?.length ?? 0} files`);
      }
      const text = state.deps.files.readTextSync(paths[0]!) ?? "";
      // The kind of file is told by its name, which the address may have left out.
      const name = sanitize(address);
      const extension = /\.[^./\\]+$/.exec(paths[0]!)?.[0] ?? "";
      return { name: name.endsWith(extension) ? name : name + extension, text };
    },
  };
}

/** The base path as far as it is known. */
function includeBase(state: LoadState): string {
  const root = state.root();
  const node = root && nodeAt(root, ["base_path"]);
  const runtime = state.runtimeBasePath();
  return resolveBasePath({
    ...state.project(),
    value: runtime ?? (node?.t === "scalar" && node.tag === undefined ? node.text : undefined),
    runtime: runtime !== undefined,
    anchor: node?.source.dir ?? state.configDir,
  });
}

/** Functions that only read local files: all that runs where functions are switched off. */
const HARMLESS = new Set(["!include", "!include.raw"]);

/** Runs functions, or with `all` false leaves those with an effect or a secret as written. */
export function functionRunner(all: boolean, cx: FunctionContext): RunFunction {
  if (all) return (fn, path) => runFunction(cx, fn, path);
  return (fn, path) => HARMLESS.has(fn.tag!) ? runFunction(cx, fn, path) : fn;
}
