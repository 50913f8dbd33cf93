import { modeFor } from "../../core/core.ts";
import { cachedOrAuthenticate, chainOf } from "../../core/session.ts";
import { contextFor, loadIdentity } from "../../core/core.ts";
import { AuthError } from "../../core/types.ts";
import { execApiVersion, execCredential } from "../exec_credential.ts";
import { requireChoice } from "../identity_choice.ts";
import type { CommandContext } from "../types.ts";

const sentinel = "failed to generate EKS token";

/** `aws eks token` (02 §8.2, 04 §11.4): one JSON document on stdout, nothing else. */
export async function run(cx: CommandContext): Promise<number> {
  const cluster = cx.text("cluster-name"), region = cx.text("region");
  if (!cluster) throw missing("--cluster-name");
  if (!region) throw missing("--region");
  const apiVersion = execApiVersion(cx.deps.env);
  const core = await cx.core();
  const { identity } = await choose(cx, core);
  const mode = modeFor(core, "silent");
  const chain = chainOf(core, identity);
  const index = chain.names.length - 1;
  const kind = await loadIdentity(core, chain, index);
  if (!kind.clusterToken) {
    throw new AuthError({
      code: "eks_token_failed",
      message: `${sentinel}: identity "${identity.name}" is no AWS identity`,
    });
  }
  const { token, expiresAt } = await kind.clusterToken({
    cluster,
    region,
    roleArn: cx.text("role-arn"),
    credentials: async () => {
      try {
        const session = await cachedOrAuthenticate(core, identity, mode);
        if (session.credentials) return session.credentials;
      } catch (error) {
        throw needsLogin(cx, identity.name, error);
      }
      throw new AuthError({ code: "eks_token_failed", message: `${sentinel}: no credentials` });
    },
  }, contextFor(core, chain, index, mode));
  cx.out(execCredential(apiVersion, token.reveal(), expiresAt));
  return 0;
}

async function choose(cx: CommandContext, core: Awaited<ReturnType<CommandContext["core"]>>) {
  try {
    return await requireChoice(cx, core, { onlyOne: true, prompts: false });
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    if (error.code !== "no_default_identity" && error.code !== "no_identities_available") {
      throw error;
    }
    throw new AuthError({
      code: error.code,
      message: `${sentinel}: no identity specified and no default identity found`,
      explanation: error.explanation,
      hints: error.hints,
      cause: error,
    });
  }
}

function missing(flag: string): AuthError {
  return new AuthError({ code: "required_flag", message: `${sentinel}: ${flag} is required` });
}

/** Token commands never prompt; where somebody must sign in, one line says how (04 §11.4). */
function needsLogin(cx: CommandContext, identity: string, error: unknown): unknown {
  if (!(error instanceof AuthError) || error.exit === 130) return error;
  return new AuthError({
    code: "eks_token_failed",
    message: `${sentinel}: ${error.message}`,
    hints: [`run: ${cx.prog} login --identity ${identity}`],
    exit: 1,
    cause: error,
  });
}
