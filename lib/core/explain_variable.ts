/** Who gives a child the value of one variable (09 §6 `explain --env`). */
import type { Chain } from "./chain.ts";
import { type Core, modeFor } from "./core.ts";
import { childEnvironment, childLayers } from "./environment.ts";
import type { Credentials } from "./types.ts";

export interface VariableStep {
  layer: string;
  does: "set" | "remove";
  /** Of `set`. */
  value?: string;
}

export interface ExplainedVariable {
  name: string;
  /** In order, later wins; the first is what this process inherited, if it has the variable. */
  steps: VariableStep[];
  /** What the child gets; undefined = it does not have the variable. */
  result: string | undefined;
}

/** Walks the layers of a child's environment for one name; on Windows its case does not matter. */
export async function explainVariable(
  core: Core,
  chain: Chain,
  name: string,
  credentials: Credentials | null,
): Promise<ExplainedVariable> {
  const { env } = core.deps;
  const mode = modeFor(core, "silent");
  const same = (other: string) =>
    env.os === "windows" ? other.toUpperCase() === name.toUpperCase() : other === name;
  const steps: VariableStep[] = [];
  const inherited = env.get(name);
  if (inherited !== undefined) {
    steps.push({ layer: "inherited", does: "set", value: inherited });
  }
  for (const { layer, unset, set } of await childLayers(core, chain, mode, credentials)) {
    if (unset.some(same)) steps.push({ layer, does: "remove" });
    const found = Object.entries(set).find(([key]) => same(key));
    if (found) steps.push({ layer, does: "set", value: found[1] });
  }
  const delta = await childEnvironment(core, chain, mode, credentials);
  const given = Object.entries(delta.set).find(([key]) => same(key))?.[1];
  const result = given ?? (delta.unset.some(same) ? undefined : inherited);
  return { name, steps, result };
}
