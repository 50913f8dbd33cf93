import { isDigits, isPlainHttpsUrl } from "./plain_text.ts";
import { ROOT_TASK, ROOT_TASK_POLICIES } from "./schema_common.ts";
import type { Format } from "./schema_types.ts";

/** Why a text has not the shape that its position asks for. */
export interface FormatProblem {
  text: string;
  code: string;
  warning?: true;
  hint?: string;
}

/** Checks one text; `key` is its place in messages. undefined = fits. */
export function formatProblem(
  format: Format,
  written: string,
  key: string,
): FormatProblem | undefined {
  const text = written.trim();
  switch (format) {
    case "url":
      return isPlainHttpsUrl(text) || isUrl(text, ["http:", "https:"]) ? undefined : {
        code: "invalid_url",
        text: "invalid URL format",
        hint: `\`${key}\` needs an absolute http or https URL`,
      };
    case "https-url":
      return isPlainHttpsUrl(text) || isUrl(text, ["https:"]) || isLoopbackHttp(text)
        ? undefined
        : { code: "invalid_url", text: `${key} must be an https URL` };
    case "role-arn":
      return ROLE_ARN.test(text) ? undefined : {
        code: "suspicious_arn",
        text: `${key} "${text}" does not look like the ARN of an IAM role`,
        warning: true,
        hint: "An IAM role has the form `arn:aws:iam::123456789012:role/NAME`",
      };
    case "account-id":
      return accountId(text, key);
    case "account-id-or-root-arn":
      return isDigits(text, 12, 12) || /^arn:[a-z-]+:iam::\d{12}:root$/.test(text)
        ? undefined
        : { code: "invalid_value", text: "target_principal must be a 12-digit AWS account ID" };
    case "root-task-policy":
      return rootTaskPolicy(text);
    case "gcp-email":
      return isServiceAccount(text.replace(/^projects\/-\/serviceAccounts\//, "")) ? undefined : {
        code: "invalid_value",
        text: `invalid service_account_email format: ${text}`,
      };
    case "digits":
      return isDigits(text, 1, 30)
        ? undefined
        : { code: "invalid_value", text: `${key} must be numeric` };
    case "no-slash":
      // deno-lint-ignore no-control-regex
      return /[/\s\x00-\x1f\x7f]/.test(text)
        ? { code: "invalid_value", text: `${key} must not contain "/" or white space` }
        : undefined;
    case "octal-mode":
      return /^(0o)?[0-7]+$/.test(text) && parseInt(text.replace("0o", ""), 8) <= 0o777
        ? undefined
        : { code: "invalid_value", text: `integration '%n' has invalid kubeconfig mode "${text}"` };
    case "base-path":
      return basePath(written, key);
    case "variable-name":
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? undefined : {
        code: "invalid_value",
        text: `${key} must be the name of an environment variable`,
        hint: "Put the value into a variable and name that variable here",
      };
  }
}

const ROLE_ARN = /^arn:(aws|aws-cn|aws-us-gov|aws-iso[a-z-]*):iam::\d{12}:role\/.+/;

function isUrl(text: string, schemes: readonly string[]): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return schemes.includes(url.protocol) && url.hostname !== "";
}

function isLoopbackHttp(text: string): boolean {
  if (!isUrl(text, ["http:"])) return false;
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(text).hostname);
}

/** 12 digits; fewer have lost their leading zeros somewhere and get them back (04 §9.1). */
function accountId(text: string, key: string): FormatProblem | undefined {
  if (isDigits(text, 12, 12)) return undefined;
  if (isDigits(text, 1, 11)) {
    return {
      code: "padded_account_id",
      text: `${key} ${text} has fewer than 12 digits; ${text.padStart(12, "0")} is used`,
      warning: true,
    };
  }
  return { code: "invalid_value", text: `${key} must be a 12-digit AWS account ID` };
}

function rootTaskPolicy(text: string): FormatProblem | undefined {
  const plain = text.replace(/^arn:aws-[a-z-]+:/, "arn:aws:");
  if (!plain.startsWith(ROOT_TASK)) {
    return { code: "invalid_value", text: `task_policy_arn must start with ${ROOT_TASK}` };
  }
  if (ROOT_TASK_POLICIES.includes(plain.slice(ROOT_TASK.length))) return undefined;
  return {
    code: "unknown_task_policy",
    text: `task_policy_arn ${text} is none of the known root task policies`,
    warning: true,
    hint: `Known are ${ROOT_TASK_POLICIES.join(", ")}`,
  };
}

/** One `@`, something before it, and a service account's domain (06 §1.5). */
function isServiceAccount(email: string): boolean {
  return /^[^@\s]+@[^@\s]+\.gserviceaccount\.com$/.test(email);
}

function basePath(written: string, key: string): FormatProblem | undefined {
  const name = key.startsWith("spec.") ? key : `spec.${key}`;
  if (written.trim() === "") {
    return { code: "invalid_value", text: `${name} cannot be empty or whitespace` };
  }
  return /[\0\r\n]/.test(written)
    ? { code: "invalid_value", text: `${name} contains invalid characters` }
    : undefined;
}
