/** Why another identity was not chosen (09 §6 `explain --why-not`). */
import type { Core } from "./core.ts";
import { type IdentityRequest, isDisabled } from "./selection.ts";
import { type Entry, flagAt, type Location } from "./types.ts";

export interface RuleVerdict {
  rule: "flag" | "environment" | "default" | "auth.defaults.identity" | "prompt";
  /** `decides`: this rule chose; `passes`: it had nothing to say; `unread`: an earlier one decided. */
  verdict: "decides" | "passes" | "unread";
  text: string;
  at?: Location;
}

/** Every rule of selection in order (01 §7), and what each says of the identity. */
export function whyNot(core: Core, request: IdentityRequest, wanted: Entry): RuleVerdict[] {
  const { config } = core;
  const asked = (by: "flag" | "env", name: string): Omit<RuleVerdict, "rule"> => {
    if (!request || request.by !== by) return passes(`${name} is not given`);
    if ("select" in request) return decides(`${name} asks for a choice`);
    if (isDisabled(request.name)) return decides(`${name} switches authentication off`);
    const named = config.findIdentity(request.name);
    return decides(
      named === wanted ? `${name} names it` : `${name} names ${named?.name ?? request.name}`,
    );
  };
  const defaults = config.defaults();
  const others = defaults.filter((entry) => entry !== wanted).map(({ name }) => name);
  const marked = flagAt(wanted.values, "default") === true;
  const place = (marked ? wanted : defaults[0])?.at("default");
  const chosen = config.defaultIdentity;
  const rules: RuleVerdict[] = [
    { rule: "flag", ...asked("flag", "`--identity`") },
    { rule: "environment", ...asked("env", "`ATMOS_IDENTITY`") },
    {
      rule: "default",
      ...(defaults.length === 0
        ? passes("no identity has `default: true`")
        : marked && others.length === 0
        ? decides("it alone has `default: true`")
        : marked
        ? decides(`it and ${others.join(", ")} have \`default: true\`: a question, or an error`)
        : decides(`it has no \`default: true\`, ${others.join(", ")} has`)),
      ...(place ? { at: place } : {}),
    },
    {
      rule: "auth.defaults.identity",
      ...(chosen === undefined
        ? passes("`auth.defaults.identity` is not set")
        : chosen === false
        ? decides("`auth.defaults.identity: false` switches authentication off")
        : decides(
          config.findIdentity(chosen) === wanted
            ? "`auth.defaults.identity` names it"
            : `\`auth.defaults.identity\` names ${chosen}`,
        )),
    },
    {
      rule: "prompt",
      ...decides(
        core.deps.terminal.interactive
          ? "a question is asked, and it is among the answers"
          : "nobody can be asked here: an error",
      ),
    },
  ];
  const decided = rules.findIndex(({ verdict }) => verdict === "decides");
  return rules.map((rule, i) => i > decided ? { ...rule, verdict: "unread" } : rule);
}

const passes = (text: string) => ({ verdict: "passes" as const, text });
const decides = (text: string) => ({ verdict: "decides" as const, text });
