/** Web pages of identity providers: forms in them, and following them with cookies (04 §7.2). */
import { AuthError, type KindContext } from "../lib/core/types.ts";
import type { HttpResponse } from "../lib/sys/http.ts";
import { caBundleOf } from "./aws_sdk.ts";

export interface Field {
  name: string;
  /** `text` when the page gives none. */
  type: string;
  value: string;
}

export interface Form {
  /** As written; resolve it against the page. */
  action: string;
  method: string;
  fields: Field[];
}

export interface Page {
  /** Where the page came from. */
  url: string;
  forms: Form[];
  /** Texts of the elements with an id that was asked for, without tags. */
  texts: Map<string, string>;
}

/** Forms of a page, with entities decoded, and the text of the elements with these ids. */
export async function readPage(url: string, html: string, ids: string[] = []): Promise<Page> {
  const { Parser } = await import("htmlparser2");
  const forms: Form[] = [];
  const texts = new Map<string, string>();
  const open: (string | undefined)[] = [];
  // inputs outside of any form still count: broken pages close forms too early
  let form: Form | undefined;
  const loose: Form = { action: "", method: "post", fields: [] };
  const parser = new Parser({
    onopentag: (name, attribs) => {
      open.push(attribs.id !== undefined && ids.includes(attribs.id) ? attribs.id : undefined);
      if (name === "form") {
        form = {
          action: attribs.action ?? "",
          method: (attribs.method ?? "get").toLowerCase(),
          fields: [],
        };
        forms.push(form);
      }
      if (name === "input" && attribs.name) {
        (form ?? loose).fields.push({
          name: attribs.name,
          type: (attribs.type ?? "text").toLowerCase(),
          value: attribs.value ?? "",
        });
      }
    },
    ontext: (text) => {
      for (const id of open) {
        if (id !== undefined) texts.set(id, (texts.get(id) ?? "") + text);
      }
    },
    onclosetag: (name) => {
      open.pop();
      if (name === "form") form = undefined;
    },
  }, { decodeEntities: true });
  parser.write(html);
  parser.end();
  if (loose.fields.length > 0) forms.push(loose);
  for (const [id, text] of texts) texts.set(id, text.replace(/\s+/g, " ").trim());
  return { url, forms, texts };
}

/** Value of the first field `SAMLResponse` of a page. */
export function samlResponseIn(page: Page): string | undefined {
  return page.forms.flatMap((f) => f.fields).find((f) => f.name === "SAMLResponse")?.value ||
    undefined;
}

/** A browser without a window: cookies, redirects by hand, at most 10 hops, never to plain http. */
export interface Visitor {
  get(url: string): Promise<Visit>;
  post(url: string, fields: [string, string][]): Promise<Visit>;
}

export interface Visit {
  url: string;
  status: number;
  html: string;
}

const maxHops = 10;

/** Makes a {@link Visitor}. Hosts of redirects are allowed as they come: all are https, or the first origin. */
export async function makeVisitor(cx: KindContext, start: string): Promise<Visitor> {
  const { CookieJar } = await import("tough-cookie");
  const jar = new CookieJar();
  const origin = new URL(start).origin;
  const caBundle = await caBundleOf(cx.deps);
  const once = async (
    method: string,
    url: string,
    body: string | undefined,
  ): Promise<HttpResponse> => {
    const target = new URL(url);
    if (target.protocol !== "https:" && target.origin !== origin) {
      throw new AuthError({
        code: "saml_page_refused",
        message: `authentication failed: ${new URL(start).host} leads to ${target.origin}, which ` +
          "is not https",
      });
    }
    cx.deps.http.allow(
      target.protocol === "https:" && !target.port ? target.hostname : target.origin,
    );
    const cookie = await jar.getCookieString(url);
    const response = await cx.deps.http.request({
      method,
      url,
      headers: {
        accept: "text/html,application/xhtml+xml",
        ...(cookie ? { cookie } : {}),
        ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(body === undefined ? {} : { body }),
      what: "SAML sign-in page",
      connectTimeoutMs: 10_000,
      timeoutMs: 30_000,
      // a posted password or code is sent once
      ...(method === "GET" ? {} : { attempts: 1 }),
      redirect: "manual",
      maxBytes: 5 * 1024 * 1024,
      signal: cx.signal,
      ...(caBundle ? { caBundle } : {}),
    });
    for (const header of response.headers.getSetCookie()) {
      await jar.setCookie(header, url, { ignoreError: true });
    }
    return response;
  };
  const follow = async (method: string, first: string, body?: string): Promise<Visit> => {
    let url = first;
    let response = await once(method, url, body);
    for (let hop = 0; response.status >= 300 && response.status < 400; hop++) {
      const location = response.headers.get("location");
      if (location === null) break;
      if (hop === maxHops) {
        throw new AuthError({
          code: "saml_page_refused",
          message: `authentication failed: ${
            new URL(start).host
          } redirects more than ${maxHops} times`,
        });
      }
      url = new URL(location, url).href;
      // 303, and in practice 301 and 302, turn a POST into a GET (RFC 9110 §15.4)
      const keep = response.status === 307 || response.status === 308;
      response = await once(keep ? method : "GET", url, keep ? body : undefined);
    }
    return { url, status: response.status, html: response.text() };
  };
  return {
    get: (url) => follow("GET", url),
    post: (url, fields) => follow("POST", url, new URLSearchParams(fields).toString()),
  };
}
