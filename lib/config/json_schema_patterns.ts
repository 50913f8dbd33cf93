import type { Format } from "./schema_types.ts";

/** A YAML function as an editor without our tags sees it (01 §9). */
export const FUNCTION_PATTERN =
  "^(?:!git\\.repository|!include\\.raw|!git\\.branch|!git\\.owner|!repo-root|!git\\.host|!git\\.name|" +
  "!git\\.root|!git\\.ref|!git\\.sha|!git\\.url|!include|!append|!random|!unset|!exec|!cwd|!env)(?:\\s|$)";

/** The shape of a text as a regular expression; undefined where validation only warns. */
export function formatPattern(format: Format): string | undefined {
  switch (format) {
    case "url":
      return "^https?://[^/]";
    case "https-url":
      return "^(https://[^/]|http://(localhost|127\\.|\\[::1\\]))";
    case "account-id":
      return "^[0-9]{1,12}$";
    case "account-id-or-root-arn":
      return "^([0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:root)$";
    case "root-task-policy":
      return "^arn:aws[a-z-]*:iam::aws:policy/root-task/";
    case "gcp-email":
      return "^[^@\\s]+@[^@\\s]+\\.gserviceaccount\\.com$";
    case "digits":
      return "^[0-9]+$";
    case "no-slash":
      return "^[^/\\s]+$";
    case "octal-mode":
      return "^(0o)?0*[0-7]{1,3}$";
    case "variable-name":
      return "^[A-Za-z_][A-Za-z0-9_]*$";
    case "base-path":
      return "\\S";
    case "role-arn":
      return undefined;
  }
}
