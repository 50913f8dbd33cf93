import type { Core } from "../../core/core.ts";
import { writeClusterEntry } from "../../core/cluster_entry.ts";
import { kindsThatMake, requireIntegration, runByName } from "../../core/explicit.ts";
import { AuthError } from "../../core/types.ts";
import { requireChoice } from "../identity_choice.ts";
import type { CommandContext } from "../types.ts";

/** `aws eks update-kubeconfig` (02 §8.3, 04 §11.5). */
export async function run(cx: CommandContext): Promise<number> {
  const integration = cx.given("integration") ? cx.text("integration") : undefined;
  const name = cx.text("name");
  refuseWhatIsNotOffered(cx);
  if (integration !== undefined && name !== undefined) {
    throw new AuthError({
      code: "mutually_exclusive_flags",
      message: "mutually exclusive flags provided: --integration and --name",
    });
  }
  const core = await cx.core();
  if (integration !== undefined) {
    const entry = requireIntegration(core, integration, kindsThatMake("kubeconfig", "aws"));
    const path = explicitPath(cx);
    if (path === undefined && !cx.bool("dry-run") && !cx.text("alias") && !cx.text("role-arn")) {
      await runByName(core, entry);
      return 0;
    }
    return await write(cx, core, { integration: entry.name, path });
  }
  if (name === undefined) {
    throw new AuthError({
      code: "required_flag",
      message:
        "required flag not provided: specify --integration, or --name, --region, and --identity",
    });
  }
  if (!cx.text("region")) {
    throw new AuthError({
      code: "required_flag",
      message: "required flag not provided: --region is required",
    });
  }
  const { identity } = await requireChoice(cx, core, { onlyOne: true });
  return await write(cx, core, {
    identity: identity.name,
    name,
    region: cx.text("region"),
    path: explicitPath(cx) ?? firstOfKubeconfig(cx),
  });
}

async function write(
  cx: CommandContext,
  core: Core,
  what: {
    integration?: string;
    identity?: string;
    name?: string;
    region?: string;
    path: string | undefined;
  },
): Promise<number> {
  const result = await writeClusterEntry(core, {
    ...what,
    alias: cx.text("alias"),
    roleArn: cx.text("role-arn"),
    dryRun: cx.bool("dry-run"),
  });
  if (result.document !== undefined) cx.out(result.document);
  for (const message of result.messages) cx.err(`${message}\n`);
  return 0;
}

/** `--kubeconfig`, else `ATMOS_KUBECONFIG`; `KUBECONFIG` counts only without an integration (04 §11.5). */
function explicitPath(cx: CommandContext): string | undefined {
  return cx.given("kubeconfig") ? cx.text("kubeconfig") : cx.deps.env.nonEmpty("ATMOS_KUBECONFIG");
}

function firstOfKubeconfig(cx: CommandContext): string | undefined {
  const list = cx.deps.env.nonEmpty("KUBECONFIG");
  return list?.split(cx.deps.env.os === "windows" ? ";" : ":").find((path) => path !== "");
}

function refuseWhatIsNotOffered(cx: CommandContext): void {
  if (cx.given("stack")) {
    throw notOffered(
      "--stack looks a component up in the stacks, which `aws eks update-kubeconfig` does not do",
    );
  }
  if (cx.given("profile")) throw notOffered("--profile names an AWS profile here");
}

function notOffered(reason: string): AuthError {
  return new AuthError({
    code: "not_offered",
    message: `not offered by this program: ${reason}`,
    hints: [
      "Use `--integration NAME`, or `--name`, `--region` and `--identity`",
      "An Atmos profile is given before the command words or by `ATMOS_PROFILE`",
    ],
  });
}
