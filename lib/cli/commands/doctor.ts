import type { LoadedConfig } from "../../config/load.ts";
import type { Core } from "../../core/core.ts";
import { type AuthConfig, AuthError } from "../../core/types.ts";
import { diagnose, type Diagnosis, type Patient } from "../doctor.ts";
import { configChecks } from "../doctor_config.ts";
import { fileChecks } from "../doctor_files.ts";
import { foreignChecks } from "../doctor_foreign.ts";
import { networkChecks } from "../doctor_network.ts";
import { toolChecks } from "../doctor_tools.ts";
import type { Files } from "../../sys/files.ts";
import type { CommandContext } from "../types.ts";
import { textOrJson } from "./status.ts";

const marks = { ok: "✓", warning: "⚠", error: "✗" };

/** `auth doctor` (02 B12): one line a check, exit 1 when an error stays. */
export async function run(cx: CommandContext): Promise<number> {
  const format = textOrJson(cx);
  const checks = [
    ...configChecks,
    ...fileChecks,
    ...foreignChecks,
    ...toolChecks,
    ...networkChecks,
  ];
  const patient = await look(cx);
  let found = await diagnose(patient, checks);
  if (cx.bool("fix") && await fix(cx, found)) found = await diagnose(patient, checks);
  const healthy = !found.some(({ state }) => state === "error");
  if (format === "json") {
    const shown = found.map(({ id, topic, state, finding, hint, fix }) => ({
      id,
      topic,
      state,
      finding,
      ...(hint === undefined ? {} : { hint: hint.replaceAll("`", "") }),
      ...(fix === undefined ? {} : { fix: fix.what }),
    }));
    cx.out(JSON.stringify({ ok: healthy, checks: shown }, null, 2) + "\n");
  } else cx.say(found.map(line).join(""));
  return healthy ? 0 : 1;
}

function line({ state, topic, finding, hint }: Diagnosis): string {
  return `${marks[state]} ${topic}: ${finding}\n` + (hint === undefined ? "" : `  💡 ${hint}\n`);
}

/** What can be had of configuration and core; a broken one is a finding, not the end. */
async function look(cx: CommandContext): Promise<Patient> {
  let loaded: LoadedConfig | undefined, config: AuthConfig | undefined, core: Core | undefined;
  let trouble: Error | undefined;
  try {
    loaded = await cx.loaded({ silent: true });
    config = await cx.auth();
    core = readingOnly(await cx.core());
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    trouble = error;
  }
  return { cx, loaded, config, core, trouble, online: cx.bool("online") };
}

/** Reading a secret tightens its mode as it goes; a doctor that only looks must not. */
function readingOnly(core: Core): Core {
  const { files } = core.deps;
  const reading: Files = {
    ...files,
    readSecret: (path) => files.readText(path),
    readSecretSync: (path) => files.readTextSync(path),
  };
  return Object.create(core, {
    deps: { value: Object.create(core.deps, { files: { value: reading } }) },
  });
}

/** Carries out the safe remedies, after asking once; true when something was done. */
async function fix(cx: CommandContext, found: Diagnosis[]): Promise<boolean> {
  const fixes = found.flatMap(({ fix }) => fix ?? []);
  if (fixes.length === 0) return false;
  cx.err(fixes.map(({ what }) => `  • ${what}\n`).join(""));
  if (!cx.bool("yes")) {
    const go = await cx.deps.terminal.confirm({ title: "Do this now?", yes: "Yes", no: "No" });
    if (!go) return false;
  }
  for (const { what, run } of fixes) {
    await run();
    cx.err(`✓ done: ${what}\n`);
  }
  return true;
}
