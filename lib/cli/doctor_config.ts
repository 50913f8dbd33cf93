/** Configuration, realm and the chosen identity. */
import { validateConfig } from "../config/validate.ts";
import { contextFor, loadIdentity, modeFor } from "../core/core.ts";
import { identityStatus } from "../core/status.ts";
import { buildChain } from "../core/chain.ts";
import type { PathRef } from "../core/types.ts";
import { bad, type Check, ok, type Patient, warning } from "./doctor.ts";
import { chooseIdentity } from "./identity_choice.ts";
import { longDuration, shownNow } from "./times.ts";

export const configChecks: Check[] = [
  {
    id: "config.load",
    topic: "configuration",
    run({ loaded, config, trouble }) {
      if (trouble) return [bad(trouble.message, "Verify your atmos.yaml syntax and configuration")];
      if (!loaded || loaded.configFiles.length === 0) {
        return [
          warning("no atmos.yaml found", "Run the command in your project, or use `--config`"),
        ];
      }
      const { configFiles, activeProfiles } = loaded;
      const profiles = activeProfiles.length > 0 ? `, profiles ${activeProfiles.join(", ")}` : "";
      return [ok(
        `${configFiles.join(", ")}${profiles}: ${config?.providers.size ?? 0} providers, ` +
          `${config?.identities.size ?? 0} identities, ${
            config?.integrations.size ?? 0
          } integrations`,
      )];
    },
  },
  {
    id: "config.valid",
    topic: "validation",
    run({ cx, loaded, config }) {
      if (!loaded || !config) return [];
      const findings = [
        ...loaded.findings,
        ...validateConfig(loaded.merged, cx.deps.env, loaded),
      ];
      const errors = findings.filter(({ severity }) => severity === "error");
      const first = errors[0] ?? findings[0];
      if (!first) return [ok("no findings")];
      const text = `${errors.length} errors, ${
        findings.length - errors.length
      } warnings; first: ${first.message}`;
      const hint = `Run \`${cx.prog} validate\` for all of them`;
      return [errors.length > 0 ? bad(text, hint) : warning(text, hint)];
    },
  },
  {
    id: "realm",
    topic: "realm",
    run({ config }) {
      if (!config) return [];
      const { value, source } = config.realm;
      return [ok(value === "" ? "none" : `${value} (${source})`)];
    },
  },
  {
    id: "identity",
    topic: "identity",
    async run({ cx, core }) {
      if (!core || core.config.identities.size === 0) return [];
      const asked = cx.given("identity") || cx.deps.env.nonEmpty("ATMOS_IDENTITY") !== undefined;
      if (!asked && core.config.defaults().length !== 1) return [];
      const choice = await chooseIdentity(cx, core, { prompts: false });
      if (choice.state === "disabled") return [ok("authentication is disabled")];
      const { identity } = choice;
      const status = await identityStatus(core, identity, { minTtlSeconds: 600 });
      const now = shownNow(cx.deps.env, cx.deps.clock.now());
      const left = status.expires === undefined
        ? ""
        : `, ${longDuration(status.expires - now)} left`;
      const hint = `Run \`${cx.prog} login --identity ${identity.name}\``;
      switch (status.state) {
        case "valid":
        case "unknown":
          return [ok(
            `${identity.name}: ${
              status.state === "valid" ? "valid" : status.reason ?? "ambient"
            }${left}`,
          )];
        case "expiring":
          return [warning(`${identity.name}: expires soon${left}`, hint)];
        default:
          return [
            warning(
              `${identity.name}: ${status.state === "expired" ? "expired" : "not signed in"}`,
              hint,
            ),
          ];
      }
    },
  },
];

/** Most identities whose files are looked at. */
const MOST = 500;

/** Files and directories of the configured identities. Broken entries are left out: validation tells of them. */
export async function identityPaths({ cx, core }: Patient): Promise<PathRef[]> {
  if (!core) return [];
  const refs = new Map<string, PathRef>();
  for (const identity of core.config.identities.all().slice(0, MOST)) {
    try {
      const chain = buildChain(core.config, identity);
      const index = chain.names.length - 1;
      const kind = await loadIdentity(core, chain, index);
      for (const ref of kind.paths(contextFor(core, chain, index, modeFor(core, "silent")))) {
        refs.set(ref.location, ref);
      }
    } catch (error) {
      cx.deps.log.debug(`doctor: ${identity.name}: ${(error as Error).message}`);
    }
  }
  return [...refs.values()];
}
