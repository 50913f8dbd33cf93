import { loadConfig } from "../../../lib/config/load.ts";
import { fakeDeps } from "../../support/deps.ts";

/** A project in memory: `atmos.yaml` and manifests below `stacks/`. */
export async function project(atmos: string, stacks: Record<string, string>) {
  const deps = fakeDeps({ cwd: "/p" });
  deps.files.put("/p/atmos.yaml", atmos);
  for (const [path, text] of Object.entries(stacks)) deps.files.put(`/p/stacks/${path}`, text);
  const loaded = await loadConfig({ deps, promote: () => {} });
  return { deps, loaded };
}

export const STACKS = `stacks:
  base_path: stacks
  included_paths: ["**/*"]
  excluded_paths: ["**/_defaults.yaml", "catalog/**/*"]
  name_template: "{{ .vars.tenant }}-{{ .vars.stage }}"
`;
