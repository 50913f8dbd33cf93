/** Signing out of Identity Center (04 §6.5). */
import {
  AuthError,
  emptyReport,
  type Entry,
  type KindContext,
  type Report,
} from "../lib/core/types.ts";
import { baseDir, join, provisionedFile, segment } from "../lib/store/paths.ts";
import { joinReports, logoutAwsProvider } from "./aws.ts";
import { placeOf, type SsoPlace } from "./aws_sso_place.ts";
import { readSession, removeSession, sessionFile, withSessionLock } from "./aws_sso_session.ts";

/** Ends the session unless another provider shares it, and removes what it left (04 §6.5). */
export async function logout(cx: KindContext): Promise<Report> {
  const provider = cx.entries[0]!;
  const reports = [await logoutSession(cx, placeOf(provider)), await logoutAwsProvider(cx)];
  const { env } = cx.deps;
  const provisioned = provisionedFile(env, provider.name);
  const legacy = join(env, baseDir(env, "cache"), "aws-sso", segment(provider.name), "token.json");
  reports.push(await removeFile(cx, provisioned, "provisioned identities", false));
  if (cx.deps.files.exists(legacy)) {
    reports.push(await removeFile(cx, legacy, "older AWS SSO token", true));
  }
  return joinReports(...reports);
}

async function logoutSession(cx: KindContext, place: SsoPlace): Promise<Report> {
  const sharer = sharedWith(cx, place);
  const file = sessionFile(cx.deps, place);
  if (sharer) {
    const note = `The AWS SSO session stays: provider ${sharer} uses it too.`;
    return { ...emptyReport(), notes: [note] };
  }
  const report = emptyReport();
  if (cx.deps.files.exists(file) || await readSession(cx.deps, place) !== undefined) {
    if (!cx.mode.local) await endOnServer(cx, place, report);
    try {
      await withSessionLock(cx, place, () => removeSession(cx.deps, place));
      report.removed.push(file);
    } catch (error) {
      const reason = (error as Error).message;
      report.failed.push({ what: "AWS SSO token", where: file, reason, secret: true });
    }
  } else report.missing.push(file);
  const accounts = await import("./aws_sso_accounts.ts");
  await accounts.forgetAccounts(cx.deps, place);
  return report;
}

async function endOnServer(cx: KindContext, place: SsoPlace, report: Report): Promise<void> {
  const stored = await readSession(cx.deps, place);
  if (!stored?.accessToken || stored.expiresAt <= cx.deps.clock.now()) return;
  const { endSession } = await import("./aws_sso_portal.ts");
  const signal = AbortSignal.any([cx.signal, AbortSignal.timeout(5000)]);
  try {
    await endSession({ cx: { ...cx, signal }, region: place.region, token: stored.accessToken });
  } catch (error) {
    if (error instanceof AuthError && error.code === "input_rejected") return; // already ended
    report.failed.push({
      what: "AWS SSO session on the server",
      where: place.startUrl,
      reason: (error as Error).message,
      secret: false,
    });
  }
}

/** The name of another configured provider with the same session (03 §3.11). */
function sharedWith(cx: KindContext, place: SsoPlace): string | undefined {
  const own = cx.entries[0]!;
  const same = (entry: Entry) => {
    if (entry.name === own.name || entry.kind !== own.kind) return false;
    try {
      const other = placeOf(entry);
      return other.startUrl === place.startUrl && other.region === place.region;
    } catch {
      return false; // a broken entry shares nothing
    }
  };
  return cx.config.providers.all().find(same)?.name;
}

async function removeFile(
  cx: KindContext,
  file: string,
  what: string,
  secret: boolean,
): Promise<Report> {
  const report = emptyReport();
  try {
    (await cx.deps.files.remove(file) ? report.removed : report.missing).push(file);
  } catch (error) {
    report.failed.push({ what, where: file, reason: (error as Error).message, secret });
  }
  return report;
}
