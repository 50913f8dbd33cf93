/** What other programs and their files do to us. */
import { identityKinds, providerKinds } from "../../providers/registry.ts";
import { integrationKinds } from "../../integrations/registry.ts";
import { listAt, textAt } from "../core/types.ts";
import { sectionNames } from "../store/ini.ts";
import { dockerConfigFile, homeDir, isAbsolute, join } from "../store/paths.ts";
import { stableExecutable } from "../sys/executable.ts";
import { openers } from "./browser.ts";
import { isRemote } from "./interactivity.ts";
import { bad, type Check, type CheckResult, ok, type Patient, warning } from "./doctor.ts";

export const foreignChecks: Check[] = [
  { id: "env.override", topic: "environment", run: checkVariables },
  { id: "aws.profile.clash", topic: "AWS profiles", run: checkProfiles },
  { id: "path.shadow", topic: "PATH", run: checkPath },
  { id: "docker.helper", topic: "docker", run: checkDocker },
  { id: "kube.exec", topic: "kubeconfig", run: checkKubeconfig },
  { id: "tools", topic: "tools", run: checkTools },
  { id: "browser", topic: "browser", run: checkBrowser },
  { id: "terminal", topic: "terminal", run: checkTerminal },
];

/** Variables that SDKs prefer to what we write, by cloud. `exec` removes them; a bare shell keeps them. */
const overriding: Record<string, string[]> = {
  aws: [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ],
  azure: [
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_TENANT_ID",
    "ARM_SUBSCRIPTION_ID",
    "ARM_USE_MSI",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
  ],
  gcp: ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIALS", "CLOUDSDK_AUTH_ACCESS_TOKEN"],
};

/** Clouds that the configuration has to do with. */
function cloudsOf({ config }: Patient): Set<string> {
  const clouds = new Set<string>();
  for (const { kind } of config?.providers.all() ?? []) {
    clouds.add(providerKinds[kind]?.cloud ?? "none");
  }
  for (const { kind } of config?.identities.all() ?? []) {
    clouds.add(identityKinds[kind]?.cloud ?? "none");
  }
  return clouds;
}

function checkVariables(patient: Patient): CheckResult[] {
  const { env } = patient.cx.deps;
  const out: CheckResult[] = [];
  for (const cloud of cloudsOf(patient)) {
    const set = (overriding[cloud] ?? []).filter((name) => env.nonEmpty(name) !== undefined);
    if (set.length === 0) continue;
    out.push(warning(
      `${set.join(", ")} ${
        set.length === 1 ? "is" : "are"
      } set: programs started without \`exec\` obey them`,
      `Run programs through \`${patient.cx.prog} exec\`, or \`unset ${set.join(" ")}\``,
    ));
  }
  return out.length > 0 ? out : [ok("nothing overrides the configured identities")];
}

function checkProfiles(patient: Patient): CheckResult[] {
  const { config } = patient;
  if (!config || !cloudsOf(patient).has("aws")) return [];
  const { env, files } = patient.cx.deps;
  if (env.home() === undefined) return [];
  const names = new Set(config.identities.names().map((name) => name.toLowerCase()));
  const out: CheckResult[] = [];
  for (
    const [variable, name] of [
      ["AWS_CONFIG_FILE", "config"],
      ["AWS_SHARED_CREDENTIALS_FILE", "credentials"],
    ] as const
  ) {
    const path = env.nonEmpty(variable) ?? join(env, homeDir(env), ".aws", name);
    const text = files.readTextSync(path);
    if (text === undefined) continue;
    for (const section of sectionNames(text)) {
      const profile = section.replace(/^profile\s+/, "");
      if (!names.has(profile.toLowerCase())) continue;
      out.push(warning(
        `${path} has a profile "${profile}" named like an identity`,
        "Outside of `exec` and `env` AWS tools mean that profile",
      ));
    }
  }
  return out.length > 0 ? out : [ok("no profile bears the name of an identity")];
}

/** The program found first on PATH is this one. */
function checkPath({ cx }: Patient): CheckResult[] {
  const { env, files, spawn } = cx.deps;
  const own = stableExecutable(env);
  const first = spawn.which("atmos-auth");
  if (first === undefined) {
    return [warning("atmos-auth is not on PATH", `Helpers of other tools use ${own}`)];
  }
  if (files.realPath(first) === files.realPath(own)) return [ok(first)];
  return [warning(
    `${first} is found first, this is ${own}`,
    "Change the order of PATH, or remove the other one",
  )];
}

function checkDocker({ cx }: Patient): CheckResult[] {
  const { env, files, spawn } = cx.deps;
  if (env.home() === undefined && !env.nonEmpty("DOCKER_CONFIG")) return [];
  const path = dockerConfigFile(env);
  const text = files.readTextSync(path);
  if (text === undefined) return [];
  let config: { credHelpers?: Record<string, string>; credsStore?: string };
  try {
    config = JSON.parse(text);
  } catch {
    return [bad(`${path} is no JSON`, "Docker itself cannot read it either: correct or remove it")];
  }
  const helpers = Object.entries(config.credHelpers ?? {});
  if (config.credsStore) helpers.push(["every other registry", config.credsStore]);
  const missing = helpers.filter(([, name]) => !spawn.which(`docker-credential-${name}`));
  if (missing.length > 0) {
    return missing.map(([host, name]) =>
      bad(
        `${path}: the helper docker-credential-${name} of ${host} is not on PATH`,
        "Install it, or remove the line",
      )
    );
  }
  return [ok(`${path}${helpers.length > 0 ? `: ${helpers.length} helpers, all found` : ""}`)];
}

interface Kubeconfig {
  users?: { name?: string; user?: { exec?: { command?: string } } }[];
}

async function checkKubeconfig({ cx }: Patient): Promise<CheckResult[]> {
  const { env, files, spawn } = cx.deps;
  if (env.home() === undefined && !env.nonEmpty("KUBECONFIG")) return [];
  const separator = env.os === "windows" ? ";" : ":";
  const paths = env.nonEmpty("KUBECONFIG")?.split(separator).filter((path) => path !== "") ??
    [join(env, homeDir(env), ".kube", "config")];
  const out: CheckResult[] = [];
  let seen = 0;
  for (const path of paths) {
    const text = files.readTextSync(path);
    if (text === undefined) continue;
    const { parseDocument } = await import("yaml");
    const document = parseDocument(text, { logLevel: "silent" });
    const [trouble] = document.errors;
    if (trouble) {
      const [reason] = trouble.message.split("\n", 1);
      out.push(bad(`${path} is no YAML: ${reason}`, "kubectl cannot read it either: correct it"));
      continue;
    }
    const config = document.toJS() as Kubeconfig | null;
    for (const { name, user } of config?.users ?? []) {
      const command = user?.exec?.command;
      if (!command) continue;
      seen++;
      // kubectl takes a relative path as seen from the file
      const at = isAbsolute(env, command) ? command : join(env, path, "..", command);
      const found = /[/\\]/.test(command) ? files.exists(at) : spawn.which(command) !== undefined;
      if (found) continue;
      out.push(bad(
        `${path}: the command of user "${name}" does not exist: ${command}`,
        "Write the entry anew with `login` or `update-kubeconfig`",
      ));
    }
  }
  return out.length > 0
    ? out
    : [ok(seen === 0 ? "no commands in it" : `${seen} commands, all found`)];
}

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
