import type { Docs } from "./schema_docs_types.ts";

/** Keys of GitHub, Atmos Pro and the kinds without a cloud. */
export const otherDocs: Docs = {
  "github/oidc region": ["Region of AWS STS; decides the default audience.", "us-east-1"],
  "github/oidc spec.audience": [
    "Audience of the token; by default AWS STS of the region.",
    "sts.us-east-1.amazonaws.com",
  ],
  "atmos/pro spec.workspace_id": ["Workspace at Atmos Pro.", "ws_123", "!env PRO_WORKSPACE"],
  "atmos/pro spec.base_url": ["Address of Atmos Pro.", "https://atmos-pro.com"],
  "atmos/pro spec.endpoint": ["Path of its interface.", "api/v1"],
  "atmos/pro spec.audience": ["Audience of the token that is exchanged.", "atmos-pro.com"],
  "github/sts spec.repos": ["Repositories that ask for access, `owner/name`.", ["acme/modules"]],
  "github/sts spec.policy_name": ["Trust policy at Atmos Pro.", "default"],
  "github/sts spec.git_config_mode": [
    "Hand the tokens to git in variables or in a file of ours.",
    "file",
  ],
  "github/sts spec.revoke_on_exit": ["Revoke the tokens at the end of `exec` in CI.", false],
  "github/sts spec.token_env": [
    "Variable that gets the raw token; `false` = none.",
    "GITHUB_TOKEN",
    "GH_TOKEN_{{ .owner }}",
  ],
  "identity principal.name": ["Name shown for the principal.", "admin"],
  "identity principal.account": ["Account shown for the principal.", { id: "123456789012" }],
  "identity principal.account.id": ["Account ID.", "123456789012"],
  "identity principal.account.name": ["Account name.", "sandbox"],
  "identity principal.region": ["Region for programs.", "us-east-1"],
};
