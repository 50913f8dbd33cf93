/**
 * `deno task compile [TARGET…]`: one executable a target from the bundle, in
 * `dist/bin/<target>/atmos-auth`. Without arguments: for this machine. `all` builds every target.
 *
 * `deno compile` needs `denort`, the runtime alone, in the same version: it downloads one per target,
 * or takes the file that `DENORT_BIN` names (for a single target).
 */
import { bundle } from "./bundle.ts";
import { permissionFlags } from "./permissions.ts";

export const targets = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** Arguments of `deno compile` for one target. */
export function compileArguments(target: string, output: string): string[] {
  return [
    "compile",
    "--quiet",
    ...permissionFlags,
    // The cache lies in the shared temporary directory, unsigned: another user could plant code.
    "--no-code-cache",
    "--no-check",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    `--target=${target}`,
    `--output=${output}`,
    "dist/main.js",
  ];
}

/** Where the executable of a target is written. */
export function outputOf(target: string): string {
  return `dist/bin/${target}/atmos-auth${target.includes("windows") ? ".exe" : ""}`;
}

/** Compiles one target from an existing bundle. Throws an error that names the way out. */
export async function compile(target: string): Promise<string> {
  const output = outputOf(target);
  Deno.mkdirSync(output.slice(0, output.lastIndexOf("/")), { recursive: true });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(target, output),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return output;
  const reason = new TextDecoder().decode(stderr);
  if (/denort/.test(reason)) {
    throw new Error(
      `Cannot compile for ${target}: the runtime denort ${Deno.version.deno} could not be had. ` +
        "Let this machine reach the runtime's release site, or set DENORT_BIN to the path of " +
        `denort ${Deno.version.deno} for that target.\n${firstCause(reason)}`,
    );
  }
  throw new Error(`Cannot compile for ${target}:\n${reason}`);
}

function firstCause(reason: string): string {
  const causes = reason.split("\n").filter((line) => /^\s+\d+: /.test(line));
  return (causes[1] ?? causes[0] ?? reason.split("\n")[0] ?? "").trim();
}

async function main(args: string[]): Promise<number> {
  const wanted = args.length === 0 ? [Deno.build.target] : args.includes("all") ? targets : args;
  const unknown = wanted.filter((target) => !targets.includes(target));
  if (unknown.length > 0) {
    console.error(`Unknown target: ${unknown.join(", ")}. Targets: ${targets.join(", ")}, all.`);
    return 2;
  }
  if (wanted.length > 1 && Deno.env.get("DENORT_BIN")) {
    console.error("DENORT_BIN names the runtime of one target: compile one target at a time.");
    return 2;
  }
  Deno.chdir(new URL("..", import.meta.url));
  await bundle("compile");
  let failed = 0;
  for (const target of wanted) {
    try {
      console.log(await compile(target));
    } catch (error) {
      failed++;
      console.error(error instanceof Error ? error.message : error);
    }
  }
  // The launcher beside the executables starts the bundle that is made for it.
  await bundle("run");
  return failed > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
