import type { Core } from "../../core/core.ts";
import {
  kindsThatMake,
  requireIntegration,
  runByName,
  runForIdentity,
} from "../../core/explicit.ts";
import { ambientRegistryLogin } from "../../core/registry_login.ts";
import { selectIdentity } from "../../core/selection.ts";
import { AuthError } from "../../core/types.ts";
import type { CommandContext } from "../types.ts";

const registries = () => kindsThatMake("registry-login", "aws");

/** `aws ecr login [INTEGRATION]` (02 §8.1, 04 §11.1). */
export async function run(cx: CommandContext): Promise<number> {
  const name = cx.invocation.positionals[0];
  const hosts = cx.list("registry");
  refuseMixed(cx, name, hosts);
  if (cx.bool("public") || hosts.length > 0) {
    const core = await cx.core();
    for (const line of await ambientRegistryLogin(core, { public: cx.bool("public"), hosts })) {
      cx.err(`${line}\n`);
    }
    return 0;
  }
  const core = await cx.core();
  if (name !== undefined) {
    await runByName(core, requireIntegration(core, name, registries()));
    return 0;
  }
  await runForIdentity(core, await identityOf(cx, core), registries());
  return 0;
}

async function identityOf(cx: CommandContext, core: Core) {
  const choice = await selectIdentity(
    core,
    cx.bare("identity") || !cx.text("identity")
      ? { by: "flag", select: true }
      : { by: "flag", name: cx.text("identity")! },
  );
  if (choice.state === "chosen") return choice.identity;
  throw new AuthError({
    code: "authentication_disabled",
    message: "authentication is disabled (--identity=false)",
  });
}

function refuseMixed(cx: CommandContext, name: string | undefined, hosts: string[]): void {
  const refuse = (text: string) =>
    new AuthError({ code: "mutually_exclusive_flags", message: text, exit: 1 });
  const isPublic = cx.bool("public");
  if (isPublic && name !== undefined) {
    throw refuse("--public cannot be combined with an integration argument");
  }
  if (isPublic && hosts.length > 0) throw refuse("--public cannot be combined with --registry");
  if (name !== undefined && cx.given("identity")) {
    throw refuse("--identity cannot be combined with an integration argument");
  }
  if (name !== undefined && hosts.length > 0) {
    throw refuse("--registry cannot be combined with an integration argument");
  }
  if (!isPublic && name === undefined && hosts.length === 0 && !cx.given("identity")) {
    throw new AuthError({
      code: "nothing_to_log_in",
      message: "specify an integration name, --identity, or --registry",
      hints: [`Run \`${cx.progTop} aws ecr login --help\` for usage`],
    });
  }
}
