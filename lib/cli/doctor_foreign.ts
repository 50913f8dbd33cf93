/** What other programs and their files do to us. */
import { identityKinds, providerKinds } from "../../providers/registry.ts";
import { sectionNames } from "../store/ini.ts";
import { dockerConfigFile, homeDir, join } from "../store/paths.ts";
import { stableExecutable } from "../sys/executable.ts";
import { bad, type Check, type CheckResult, ok, type Patient, warning } from "./doctor.ts";

export const foreignChecks: Check[] = [
  { id: "env.override", topic: "environment", run: checkVariables },
  { id: "aws.profile.clash", topic: "AWS profiles", run: checkProfiles },
  { id: "path.shadow", topic: "PATH", run: checkPath },
  { id: "docker.helper", topic: "docker", run: checkDocker },
  { id: "kube.exec", topic: "kubeconfig", run: checkKubeconfig },
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
  const separator = env.os === "windows" ? ";" : ":";
  const paths = env.nonEmpty("KUBECONFIG")?.split(separator).filter((path) => path !== "") ??
    [join(env, homeDir(env), ".kube", "config")];
  const out: CheckResult[] = [];
  let seen = 0;
  for (const path of paths) {
    const text = files.readTextSync(path);
    if (text === undefined) continue;
    const { parse } = await import("yaml");
    const config = parse(text, { logLevel: "silent" }) as Kubeconfig | null;
    for (const { name, user } of config?.users ?? []) {
      const command = user?.exec?.command;
      if (!command) continue;
      seen++;
      const found = /[/\\]/.test(command)
        ? files.exists(command)
        : spawn.which(command) !== undefined;
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

function checkTerminal({ cx }: Patient): CheckResult[] {
  const { terminal } = cx.deps;
  const facts = [
    terminal.interactive ? "can ask questions" : "cannot ask questions",
    terminal.canOpenBrowser ? "can open a browser" : "cannot open a browser",
    ...(terminal.ci ? ["runs in CI"] : []),
  ];
  return [ok(facts.join(", "))];
}
