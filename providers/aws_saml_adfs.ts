/** Driver `ADFS`: the sign-in form of Active Directory Federation Services (04 §7.2). */
import { AuthError, type KindContext, type Secret } from "../lib/core/types.ts";
import {
  type Form,
  makeVisitor,
  type Page,
  readPage,
  samlResponseIn,
  type Visit,
} from "./aws_saml_html.ts";

const otpRounds = 3;

/** Signs in through the form and returns the response, base64. */
export async function adfsResponse(
  cx: KindContext,
  o: { url: string; username: string; password: Secret },
): Promise<string> {
  const start = adfsUrl(o.url);
  const visitor = await makeVisitor(cx, start);
  const first = await page(await visitor.get(start));
  const done = samlResponseIn(first);
  if (done) return done;
  const form = loginForm(first);
  if (!form) throw failed(first, "the page has no sign-in form");
  let here = await page(
    await visitor.post(actionOf(form, first), loginFields(form, o.username, o.password)),
  );
  for (let round = 0;; round++) {
    const response = samlResponseIn(here);
    if (response) return response;
    if (here.texts.get("errorText") || loginForm(here)) {
      throw failed(here, "the user name or password was refused");
    }
    const otp = codeForm(here);
    if (!otp || round === otpRounds) {
      throw failed(here, otp ? "the code was refused" : "no SAML response came back");
    }
    const code = await cx.deps.terminal.secret({ title: "Enter MFA Token", required: true });
    const fields = otp.form.fields.filter((f) => !["submit", "button"].includes(f.type))
      .map((f): [string, string] => [f.name, f === otp.field ? code.reveal() : f.value]);
    here = await page(await visitor.post(actionOf(otp.form, here), fields));
  }
}

/** The sign-on page of a server: a bare host gets the path of the AWS relying party. */
export function adfsUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname.toLowerCase().includes("/adfs/ls")) return url;
  const base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
  return `${base}/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices`;
}

async function page(visit: Visit): Promise<Page> {
  const read = await readPage(visit.url, visit.html, ["errorText"]);
  if (visit.status >= 400 && !loginForm(read)) {
    throw new AuthError({
      code: "saml_sign_in_failed",
      message: `authentication failed: ${new URL(visit.url).host} answered HTTP ${visit.status}`,
    });
  }
  return read;
}

function loginForm(read: Page): Form | undefined {
  return read.forms.find((f) => f.fields.some((i) => i.type === "password"));
}

/** The one visible text input of a page that asks for a code. */
function codeForm(read: Page) {
  for (const form of read.forms) {
    const visible = form.fields.filter((f) =>
      ["text", "tel", "number", "password"].includes(f.type)
    );
    if (visible.length === 1) return { form, field: visible[0]! };
  }
  return undefined;
}

function loginFields(form: Form, username: string, password: Secret): [string, string][] {
  const fields: [string, string][] = [];
  for (const { name, type, value } of form.fields) {
    if (/pass/i.test(name)) fields.push([name, password.reveal()]);
    else if (type !== "hidden" && /user|email/i.test(name)) fields.push([name, username]);
    else if (type === "hidden") fields.push([name, value]);
  }
  if (!fields.some(([name]) => name === "AuthMethod")) {
    fields.push(["AuthMethod", "FormsAuthentication"]);
  }
  return fields;
}

/** Where a form goes: the same origin, or https. */
function actionOf(form: Form, read: Page): string {
  const target = URL.parse(form.action || read.url, read.url);
  if (target && (target.protocol === "https:" || target.origin === new URL(read.url).origin)) {
    return target.href;
  }
  throw failed(read, "its form leads to a page without https");
}

function failed(read: Page, reason: string): AuthError {
  const said = read.texts.get("errorText");
  return new AuthError({
    code: "saml_sign_in_failed",
    message: `authentication failed: ${new URL(read.url).host}: ${said || reason}`,
    hints: ["Check `username` and `password`, or use the Browser driver"],
  });
}
