import type { Core } from "../../core/core.ts";
import { modeFor } from "../../core/core.ts";
import { explain, type ExplainedIntegration, type Explanation } from "../../core/explain.ts";
import { openIdentity } from "../../core/open.ts";
import type { Entry, Location } from "../../core/types.ts";
import { secretLooking } from "../../sys/secret.ts";
import type { Http } from "../../sys/http.ts";
import { maskText } from "../../sys/mask.ts";
import { chooseIdentity } from "../identity_choice.ts";
import { place, variableAnswer, whyNotAnswer } from "../explain_answers.ts";
import { columns } from "../table_text.ts";
import { localInstant, longDuration, shownNow } from "../times.ts";
import type { CommandContext } from "../types.ts";
import { textOrJson } from "./status.ts";

/** `auth explain` (02 B11). */
export async function run(cx: CommandContext): Promise<number> {
  const format = textOrJson(cx);
  const core = await cx.core();
  const other = cx.text("why-not");
  if (other !== undefined) return whyNotAnswer(cx, core, other, format);
  const choice = await chooseIdentity(cx, core);
  if (choice.state === "disabled") {
    if (format === "json") cx.out('{\n  "disabled": true\n}\n');
    else cx.out(`Authentication is disabled (identity is "${choice.value}").\n`);
    return 0;
  }
  if (!cx.bool("run")) cx.narrow("net");
  const variable = cx.text("env");
  if (variable !== undefined) {
    return await variableAnswer(cx, core, { identity: choice.identity, variable, format });
  }
  const facts = await explain(core, choice.identity, choice.rule);
  const timed = cx.bool("run") ? await timedRun(core, choice.identity) : undefined;
  if (format === "json") cx.out(JSON.stringify(asJson(facts, timed), null, 2) + "\n");
  else cx.say(asText(cx, facts, timed));
  return 0;
}

/** One request of a run, as far as it may be told. */
interface TimedRequest {
  what: string;
  host: string;
  status: number | undefined;
  milliseconds: number;
  request_id: string | undefined;
}

interface TimedRun {
  milliseconds: number;
  /** Links that had to be obtained, in order; empty when everything was stored. */
  links: { name: string; milliseconds: number }[];
  requests: TimedRequest[];
}

/** Really obtains credentials, and watches the requests that go out. */
async function timedRun(core: Core, identity: Entry): Promise<TimedRun> {
  const requests: TimedRequest[] = [];
  const links: TimedRun["links"] = [];
  const { clock, http } = core.deps;
  const watched: Core = Object.create(core, {
    deps: {
      value: Object.create(core.deps, { http: { value: watching(http, clock.now, requests) } }),
    },
    timed: {
      value: (name: string, milliseconds: number) => void links.push({ name, milliseconds }),
    },
  });
  const begun = clock.now();
  await openIdentity(watched, identity, modeFor(watched, "use"), { required: false });
  return { milliseconds: clock.now() - begun, links, requests };
}

const idHeaders = [
  "x-amzn-requestid",
  "x-amz-request-id",
  "x-ms-request-id",
  "x-github-request-id",
];

function watching(http: Http, now: () => number, seen: TimedRequest[]): Http {
  return {
    allow: (...hosts) => http.allow(...hosts),
    get requests() {
      return http.requests;
    },
    async request(request) {
      const begun = now();
      const note = (status?: number, headers?: Headers) =>
        seen.push({
          what: request.what,
          host: new URL(request.url).host,
          status,
          milliseconds: now() - begun,
          request_id: idHeaders.map((name) => headers?.get(name)).find((id) => id) ?? undefined,
        });
      try {
        const response = await http.request(request);
        note(response.status, response.headers);
        return response;
      } catch (error) {
        note();
        throw error;
      }
    },
  };
}

const rules: Record<string, string> = {
  flag: "the flag `--identity`",
  environment: "the variable `ATMOS_IDENTITY`",
  default: "`default: true`",
  "auth.defaults.identity": "`auth.defaults.identity`",
  only: "it is the only identity",
  prompt: "you chose it",
};

function asText(cx: CommandContext, facts: Explanation, timed: TimedRun | undefined): string {
  const now = shownNow(cx.deps.env, cx.deps.clock.now());
  const rule = (rules[facts.rule] ?? facts.rule).replaceAll("`", "");
  const at = place(cx, facts.ruleAt);
  const style = { terminal: true, colour: cx.look.colour("stdout") };
  const chain = facts.chain.map((link, i) => {
    const who = (link.acts_as ? ` as ${link.acts_as}` : "") +
      (link.account ? ` in account ${link.account}` : "");
    const until = link.expires === undefined
      ? ""
      : ` until ${localInstant(link.expires)} (${longDuration(link.expires - now)})`;
    const from = link.source === undefined ? "" : `, from ${link.source}`;
    return `  ${i + 1}. ${link.name} (${link.kind})${who}\n` +
      `     ${link.state}${until}${from}\n     now: ${link.action}\n`;
  }).join("");
  const { set, unset } = facts.environment;
  const variables = [
    ...unset.map((name) => `  - ${name}\n`),
    ...shownVariables(set).map(([name, value]) => `  + ${name}=${value}\n`),
  ].join("");
  const integrations = facts.integrations.map((integration) =>
    `  ${integration.name} (${integration.kind}): ${whenItRuns(integration)}\n`
  ).join("");
  const hosts = facts.hosts.map((host) => `  ${host}\n`).join("");
  return `Identity: ${facts.identity}\nChosen by: ${rule}${at === "" ? "" : ` (${at})`}\n` +
    (facts.realm.value === "" ? "" : `Realm: ${facts.realm.value} (${facts.realm.source})\n`) +
    `\nCHAIN\n${chain}` +
    `\nVARIABLES OF A CHILD\n${variables || "  none\n"}` +
    `\nINTEGRATIONS\n${integrations || "  none\n"}` +
    `\nHOSTS THAT WOULD BE CONTACTED\n${hosts || "  none\n"}` +
    (timed ? `\n${timedText(timed, style)}` : "");
}

function whenItRuns({ automatic, available, runs, problem }: ExplainedIntegration): string {
  if (!available) return "not available in this build";
  if (problem !== undefined) return problem;
  if (!automatic) return "only when asked for";
  return runs ? "would run now" : "would not run: what it makes is there";
}

function timedText(timed: TimedRun, style: { terminal: boolean; colour: boolean }): string {
  const rows = timed.requests.map((request) => [
    request.what,
    request.host,
    request.status === undefined ? "failed" : String(request.status),
    `${request.milliseconds} ms`,
    request.request_id,
  ]);
  const head = ["REQUEST", "HOST", "STATUS", "TIME", "REQUEST ID"];
  const links = timed.links.map(({ name, milliseconds }) => `  ${name}: ${milliseconds} ms\n`);
  return `RUN: ${timed.milliseconds} ms, ${rows.length} request${rows.length === 1 ? "" : "s"}\n` +
    links.join("") +
    (rows.length > 0 ? columns(head, rows, style) : "");
}

/** Sorted, values that look secret replaced. */
function shownVariables(set: Record<string, string>): [string, string][] {
  return Object.entries(set).sort((a, b) => a[0] < b[0] ? -1 : 1)
    .map(([name, value]) => [name, secretLooking(name) ? "***REDACTED***" : maskText(value)]);
}

function asJson(facts: Explanation, timed: TimedRun | undefined): Record<string, unknown> {
  const location = (at: Location | undefined) => at && { file: at.file, line: at.line };
  const instant = (ms: number | undefined) =>
    ms === undefined ? undefined : new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
  return {
    identity: facts.identity,
    rule: facts.rule,
    rule_at: location(facts.ruleAt),
    realm: facts.realm.value,
    realm_source: facts.realm.source,
    chain: facts.chain.map(({ at, expires, ...link }) => ({
      ...link,
      at: location(at),
      expires: instant(expires),
    })),
    environment: {
      set: Object.fromEntries(shownVariables(facts.environment.set)),
      unset: facts.environment.unset,
    },
    integrations: facts.integrations,
    hosts: facts.hosts,
    ...(timed ? { run: timed } : {}),
  };
}
