/** Programs that we count on, the browser, the terminal. */
import { integrationKinds } from "../../integrations/registry.ts";
import { listAt, textAt } from "../core/types.ts";
import { openers } from "./browser.ts";
import { bad, type Check, type CheckResult, ok, type Patient, warning } from "./doctor.ts";
import { isRemote } from "./interactivity.ts";

export const toolChecks: Check[] = [
  { id: "tools", topic: "tools", run: checkTools },
  { id: "browser", topic: "browser", run: checkBrowser },
  { id: "terminal", topic: "terminal", run: checkTerminal },
];

/** Programs that the configuration counts on. */
function checkTools({ cx, config }: Patient): CheckResult[] {
  if (!config) return [];
  const { spawn } = cx.deps;
  const there = (name: string) => spawn.which(name) !== undefined;
  const out: CheckResult[] = [];
  const found = new Set<string>();
  for (const { name, values } of config.identities.all()) {
    const argv = listAt(values, "credentials", "mfa_process");
    const yubikey = textAt(values, "credentials", "mfa_yubikey");
    const program = argv?.[0] ?? (yubikey === undefined ? undefined : "ykman");
    if (program === undefined) continue;
    if (there(program)) found.add(program);
    else {
      out.push(bad(
        `${program}, which gives the MFA code of ${name}, is not there`,
        "Install it, or take the field out: the code is asked for then",
      ));
    }
  }
  const made = new Set(
    config.integrations.all().flatMap(({ kind }) => integrationKinds[kind]?.makes ?? []),
  );
  for (const [makes, { programs, what }] of Object.entries(users)) {
    if (![...made].some((kind) => kind === makes)) continue;
    const present = programs.filter(there);
    for (const name of present) found.add(name);
    if (present.length === 0) {
      out.push(warning(
        `none of ${programs.join(", ")} is there, which use ${what}`,
        "Install one of them, or set `auto_provision: false`",
      ));
    }
  }
  return out.length > 0 || found.size === 0 ? out : [ok([...found].sort().join(", "))];
}

/** Who uses what integrations make. */
const users: Record<string, { programs: string[]; what: string }> = {
  "registry-login": {
    programs: ["docker", "podman", "nerdctl", "skopeo", "buildah", "helm", "oras", "crane"],
    what: "the logins at container registries",
  },
  "kubeconfig": {
    programs: ["kubectl", "helm", "k9s", "flux", "argocd", "kubectx"],
    what: "the kubeconfig",
  },
  "git-token": { programs: ["git"], what: "the tokens for repositories" },
};

function checkBrowser({ cx }: Patient): CheckResult[] {
  const { env, spawn, terminal } = cx.deps;
  const command = openers("https://example.invalid/", { env, spawn })[0]?.[0];
  if (terminal.canOpenBrowser && command) return [ok(`opened with ${command}`)];
  const why = env.nonEmpty("BROWSER") === "none" || env.nonEmpty("ATMOS_AUTH_NO_BROWSER")
    ? "it is switched off"
    : terminal.ci
    ? "this is a CI run"
    : isRemote(env)
    ? "this is a remote session"
    : command === undefined
    ? "no opener is there"
    : "there is no display";
  return [ok(`none is opened here: ${why}; sign-ins show a code or an address instead`)];
}

function checkTerminal({ cx }: Patient): CheckResult[] {
  const { terminal } = cx.deps;
  const facts = [
    terminal.interactive ? "can ask questions" : "cannot ask questions",
    ...(terminal.ci ? ["runs in CI"] : []),
  ];
  return [ok(facts.join(", "))];
}
