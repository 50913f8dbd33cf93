import {
  AuthError,
  type AwsCredentials,
  emptyReport,
  type Entry,
  flagAt,
  type IntegrationDef,
  type KindContext,
  textAt,
} from "../lib/core/types.ts";
import { expandHome, isAbsolute, join } from "../lib/store/paths.ts";
import { allowedHost } from "../providers/aws_endpoints.ts";
import { ecrEndpoint, requireAwsKeys } from "./aws_ecr_login.ts";
import { type Cluster, describeCluster, eksEntry } from "./aws_eks_cluster.ts";
import {
  kubeconfigPath,
  type KubeUpdate,
  kubeUsers,
  mergeKubeconfig,
  removeFromKubeconfig,
  updateKubeconfig,
} from "./kubeconfig.ts";

interface Settings {
  name: string;
  region: string;
  alias?: string;
  path?: string;
  mode: number;
  update: KubeUpdate;
  setCurrent: boolean;
  namespace?: string;
}

/** `spec.cluster` with the exact refusals of 04 §11.3. */
function settingsOf(entry: Entry): Settings {
  const refuse = (what: string) =>
    new AuthError({
      code: "integration_failed",
      message: `integration execution failed: integration '${entry.name}' has ${what}`,
    });
  const at = (...path: string[]) => textAt(entry.values, "spec", "cluster", ...path);
  const spec = entry.values.spec as Record<string, unknown> | undefined;
  if (!spec || typeof spec.cluster !== "object" || spec.cluster === null) {
    throw refuse("no cluster configured (spec.cluster is required for aws/eks)");
  }
  const name = at("name"), region = at("region");
  if (!name) throw refuse("no cluster name configured");
  if (!region) throw refuse("no region configured");
  const mode = at("kubeconfig", "mode") ?? "0600";
  if (!/^0?o?[0-7]{1,4}$/.test(mode) || parseInt(mode.replace("o", ""), 8) > 0o777) {
    throw refuse(`invalid kubeconfig mode "${mode}"`);
  }
  const update = at("kubeconfig", "update") ?? "merge";
  if (!["merge", "replace", "error"].includes(update)) {
    throw refuse(`invalid kubeconfig update mode "${update}" (must be merge, replace, or error)`);
  }
  return {
    name,
    region,
    alias: at("alias"),
    path: at("kubeconfig", "path"),
    mode: parseInt(mode.replace("o", ""), 8),
    update: update as KubeUpdate,
    setCurrent: flagAt(entry.values, "spec", "cluster", "kubeconfig", "set_current_context") !==
      false,
    namespace: at("kubeconfig", "namespace"),
  };
}

function pathOf(cx: KindContext, settings: Settings): string {
  if (!settings.path) return kubeconfigPath(cx.deps);
  const path = expandHome(cx.deps.env, settings.path);
  return isAbsolute(cx.deps.env, path) ? path : join(cx.deps.env, cx.deps.env.cwd(), path);
}

interface EksWrite {
  cx: KindContext;
  credentials: AwsCredentials;
  cluster: { name: string; region: string; alias?: string; namespace?: string; roleArn?: string };
  identity: string | undefined;
  path: string;
  mode: number;
  update: KubeUpdate;
  setCurrent: boolean;
}

/** Writes the entry of one cluster; returns the message, none when nothing changed. */
async function writeEksEntry(o: EksWrite): Promise<string[]> {
  const described = await describeCluster({ ...o, ...o.cluster });
  const changed = await updateKubeconfig(
    o.cx.deps,
    o.path,
    o.mode,
    (text) => merged(o, described, text),
  );
  const shown = o.cluster.alias ?? described.arn;
  return changed ? [`✓ EKS kubeconfig: ${shown} → ${o.path}`] : [];
}

/** The document that {@link writeEksEntry} would write. */
async function eksDocument(o: EksWrite): Promise<string> {
  const described = await describeCluster({ ...o, ...o.cluster });
  return await merged(o, described, await o.cx.deps.files.readText(o.path));
}

async function merged(o: EksWrite, cluster: Cluster, text: string | undefined): Promise<string> {
  const entry = eksEntry(o.cx, cluster, {
    ...o.cluster,
    identity: o.identity,
    taken: o.update === "replace" ? new Map() : await kubeUsers(text),
  });
  return await mergeKubeconfig(text, entry, {
    update: o.update,
    setCurrent: o.setCurrent,
    path: o.path,
  });
}

/** Kind `aws/eks`: a kubeconfig entry whose user asks this program for tokens (04 §11.3). */
const definition: IntegrationDef = {
  kind: "aws/eks",
  role: "integration",
  hosts: (entry, { entries, env }) => {
    const region = textAt(entry.values, "spec", "cluster", "region");
    if (!region) return [];
    const owners = { identity: entries.at(-1), root: entries[0] };
    return [allowedHost(ecrEndpoint("eks", region, owners, env))];
  },
  create: (entry) => ({
    async run(credentials, cx) {
      const settings = settingsOf(entry);
      const messages = await writeEksEntry({
        cx,
        credentials: requireAwsKeys(credentials, entry.name),
        cluster: settings,
        identity: textAt(entry.values, "via", "identity") ? cx.name : undefined,
        path: pathOf(cx, settings),
        mode: settings.mode,
        update: settings.update,
        setCurrent: settings.setCurrent,
      });
      return { messages };
    },
    env: (cx) => {
      const path = pathOf(cx, settingsOf(entry));
      return { unset: [], set: { KUBECONFIG: path, KUBE_CONFIG_PATH: path } };
    },
    async cleanup(cx) {
      const settings = settingsOf(entry);
      const path = pathOf(cx, settings);
      const report = emptyReport();
      const what = `EKS kubeconfig entry: ${settings.name} in ${path}`;
      if (!cx.deps.files.exists(path)) {
        report.missing.push(what);
        return report;
      }
      const arn = new RegExp(
        `^arn:[^:]+:eks:${escape(settings.region)}:\\d{12}:cluster/${escape(settings.name)}$`,
      );
      const user = new RegExp(
        `^atmos-eks-${escape(settings.name)}-${escape(settings.region)}(-\\d{12}(-.*)?)?$`,
      );
      try {
        const changed = await updateKubeconfig(
          cx.deps,
          path,
          settings.mode,
          async (text) =>
            text === undefined ? undefined : await removeFromKubeconfig(text, {
              cluster: (name) => arn.test(name),
              user: (name) => user.test(name),
            }),
        );
        (changed ? report.removed : report.missing).push(what);
      } catch (error) {
        report.failed.push({ what, where: path, reason: (error as Error).message, secret: false });
      }
      return report;
    },
    async artifactsPresent(cx) {
      const settings = settingsOf(entry);
      const text = cx.deps.files.readTextSync(pathOf(cx, settings));
      return text?.includes(`atmos-eks-${settings.name}-${settings.region}`) ?? false;
    },
    dedupeKey: () => {
      const { name, region } = settingsOf(entry);
      return `${entry.kind}:${name}:${region}`;
    },
    outputs: (cx) => [pathOf(cx, settingsOf(entry))],
  }),
  async writeEntry(request, cx, credentials) {
    const base = request.integration ? settingsOf(request.integration) : undefined;
    const cluster = {
      name: request.name ?? base!.name,
      region: request.region ?? base!.region,
      alias: request.alias ?? base?.alias,
      namespace: base?.namespace,
      roleArn: request.roleArn,
    };
    cx.deps.http.allow(allowedHost(ecrEndpoint("eks", cluster.region, {
      identity: cx.entries.at(-1),
      root: cx.entries[0],
    }, cx.deps.env)));
    const path = request.path ?? (base ? pathOf(cx, base) : kubeconfigPath(cx.deps));
    const o = {
      cx,
      credentials: requireAwsKeys(await credentials(), request.integration?.name ?? cluster.name),
      cluster,
      identity: request.identity,
      path,
      mode: base?.mode ?? 0o600,
      update: base?.update ?? "merge" as const,
      setCurrent: base?.setCurrent ?? true,
    };
    return request.dryRun
      ? { messages: [], document: await eksDocument(o) }
      : { messages: await writeEksEntry(o) };
  },
};

export default definition;

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
