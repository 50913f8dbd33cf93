import type { Docs } from "./schema_docs_types.ts";

/** Keys of the AWS kinds. */
export const awsDocs: Docs = {
  "aws spec.endpoint_url": [
    "Address that replaces AWS's own for every call of this chain, for stand-ins and private links.",
    "http://localhost:4566",
  ],
  "aws spec.export_endpoint_url": ["Hand the endpoint to child programs as well.", true],
  "aws spec.aws": ["Older place of `spec.endpoint_url`."],
  "aws spec.aws.resolver": ["Older place of `spec.endpoint_url`."],
  "aws spec.aws.resolver.url": ["Older name of `spec.endpoint_url`.", "http://localhost:4566"],
  "aws spec.files": ["Where AWS files are kept."],
  "aws spec.files.base_path": [
    "Directory for credentials and config files instead of the default one.",
    "~/.aws/work",
  ],

  "aws/iam-identity-center region": [
    "Region of IAM Identity Center itself, not of the work.",
    "us-east-1",
  ],
  "aws/iam-identity-center session.duration": [
    "Accepted for compatibility; AWS decides how long the session lasts.",
    "8h",
  ],
  "aws/iam-identity-center spec.flow": [
    "Way of signing in: browser with PKCE, or device code. By default what the place allows.",
    "device",
  ],
  "aws/iam-identity-center spec.callback_port": [
    "Fixed port of the browser's redirect, for `ssh -L`; 0 = any.",
    8400,
  ],
  "aws/iam-identity-center spec.share_aws_cli_cache": [
    "Share the sign-in with the AWS CLI's cache.",
    true,
  ],

  "aws/saml url": [
    "Page that starts the SAML sign-in for AWS.",
    "https://acme.okta.com/app/amazon_aws/abc/sso/saml",
  ],
  "aws/saml region": ["Region of AWS STS.", "us-east-1"],
  "aws/saml session.duration": ["Length of the role session, 15 minutes to 12 hours.", "8h"],
  "aws/saml spec.base_role": [
    "Role taken from the assertion when the wanted role is not in it.",
    "arn:aws:iam::123456789012:role/base",
  ],
  "aws/saml spec.acs_url": [
    "Further address at which the assertion is caught in the browser.",
    "https://signin.example.com/saml",
  ],
  "aws/saml spec.acs_listen": [
    "Loopback address that accepts the assertion from the identity provider.",
    "127.0.0.1:8080",
  ],
  "aws/saml spec.browser_args": ["Further arguments for the browser.", ["--lang=en"]],
  "aws/saml spec.headless": ["Try a silent sign-in without a window first.", "auto"],

  "aws/permission-set principal.name": ["Name of the permission set.", "AdministratorAccess"],
  "aws/permission-set principal.account": [
    "The account: its id, its name, or a map of both.",
    "123456789012",
    { name: "sandbox" },
  ],
  "aws/permission-set principal.account.id": ["Account ID, 12 digits.", "123456789012"],
  "aws/permission-set principal.account.name": ["Name of the account.", "sandbox"],
  "aws principal.region": ["Region for programs, instead of the provider's.", "eu-west-1"],

  "aws/assume-role principal.assume_role": [
    "ARN of the role.",
    "arn:aws:iam::123456789012:role/deploy",
  ],
  "aws/assume-role principal.session_name": ["Name of the session in AWS's logs.", "alice"],
  "aws/assume-role principal.external_id": ["External ID that the role's trust asks for.", "x-42"],
  "aws/assume-role principal.duration": ["Length of the session, 15 minutes to 12 hours.", "1h"],
  "aws/assume-role session.duration": [
    "Length of the session where `principal.duration` is absent.",
    "1h",
  ],
  "aws/assume-role principal.policy": [
    "Session policy that narrows the role, as a map or JSON text.",
    { Version: "2012-10-17", Statement: [] },
  ],
  "aws/assume-role principal.policy_arns": ["Managed policies that narrow the role.", [
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
  ]],
  "aws/assume-role principal.tags": ["Session tags.", { team: "platform" }],
  "aws/assume-role principal.transitive_tag_keys": ["Tags that later roles inherit.", ["team"]],
  "aws/assume-role principal.source_identity": [
    "Source identity of the session; `{user}` and `{identity}` are filled in.",
    "{user}",
  ],
  "aws/assume-role principal.mfa_arn": [
    "MFA device for roles that ask for it.",
    "arn:aws:iam::123456789012:mfa/alice",
  ],

  "aws/assume-root principal.target_principal": ["Member account, 12 digits.", "123456789012"],
  "aws/assume-root principal.task_policy_arn": [
    "Managed policy that says which root task is allowed.",
    "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
  ],
  "aws/assume-root principal.duration": ["Length of the session, at most 15 minutes.", "15m"],

  "aws/user credentials.access_key_id": ["Access key ID.", "!env AWS_KEY_ID"],
  "aws/user credentials.secret_access_key": ["Secret access key.", "!env AWS_SECRET"],
  "aws/user credentials.region": ["Region for programs.", "us-east-1"],
  "aws/user credentials.mfa_arn": [
    "MFA device asked for a code.",
    "arn:aws:iam::123456789012:mfa/alice",
  ],
  "aws/user credentials.mfa_process": ["Command that prints the MFA code.", [
    "op",
    "read",
    "op://vault/aws/otp",
  ]],
  "aws/user credentials.mfa_yubikey": ["Account on a YubiKey that gives the MFA code.", "aws"],
  "aws/user credentials.mfa_totp_secret": ["Seed of the MFA code.", "!env AWS_TOTP"],
  "aws/user credentials.webflow_enabled": ["Allow sign-in in the browser without keys.", false],
  "aws/user credentials.aws": ["Older place of `spec.endpoint_url`."],
  "aws/user credentials.aws.resolver": ["Older place of `spec.endpoint_url`."],
  "aws/user credentials.aws.resolver.url": [
    "Older name of `spec.endpoint_url`.",
    "http://localhost:4566",
  ],
  "aws/user session.duration": [
    "Length of the session: 15 minutes to 12 hours, with MFA to 36 hours.",
    "12h",
  ],
  "aws/ambient principal.source": ["Use this source of credentials and no other.", "web-identity"],

  "aws/ecr spec.registry.account_id": [
    "Account that owns the registry, 12 digits.",
    "123456789012",
  ],
  "aws/ecr spec.registry.region": ["Region of the registry.", "us-east-1"],
  "aws/ecr-public spec.registry.region": ["Region of the endpoint.", "us-east-1"],
  "aws/eks spec.cluster.region": ["Region of the cluster.", "us-east-1"],
};
