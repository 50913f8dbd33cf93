import type { Docs } from "./schema_docs_types.ts";

/** What each kind is for. */
export const kindDocs: Readonly<Record<string, string>> = {
  "provider aws/iam-identity-center":
    "Sign-in through AWS IAM Identity Center (AWS SSO), by browser or device code.",
  "provider aws/saml":
    "Sign-in at a SAML identity provider whose assertion AWS exchanges for a role.",
  "provider azure/cli": "Tokens of a user who is signed in with the Azure CLI.",
  "provider azure/device-code": "Sign-in at Microsoft Entra ID by a code typed on another device.",
  "provider azure/interactive": "Sign-in at Microsoft Entra ID in the browser.",
  "provider azure/oidc":
    "Workload identity: a token of the CI system or cluster is exchanged at Microsoft Entra ID.",
  "provider gcp/adc":
    "Application Default Credentials of Google Cloud, found where Google's libraries look.",
  "provider gcp/workload-identity-federation":
    "A token of another issuer is exchanged for a Google Cloud token.",
  "provider github/oidc": "The OIDC token of a GitHub Actions job.",
  "provider atmos/pro": "A session at Atmos Pro, obtained with the OIDC token of a GitHub job.",
  "provider mock": "Constant credentials for tests; nothing is contacted.",
  "provider mock/aws": "Constant AWS-like credentials for tests; nothing is contacted.",
  "identity aws/permission-set": "A permission set of IAM Identity Center in one account.",
  "identity aws/assume-role":
    "An IAM role, assumed with AWS credentials, a SAML assertion or an OIDC token.",
  "identity aws/assume-root":
    "Short privileged sessions in a member account of an AWS organization.",
  "identity aws/user": "An IAM user with long-lived keys, from the keyring, the file or a browser.",
  "identity aws/ambient": "AWS credentials that the machine already has.",
  "identity ambient": "Nothing of ours: programs run with the environment as it is.",
  "identity azure/subscription": "One Azure subscription, seen through an Azure provider.",
  "identity gcp/service-account": "A Google Cloud service account, impersonated.",
  "identity gcp/project": "A Google Cloud project as context of what stands before it.",
  "identity atmos/pro": "The session of an Atmos Pro provider, for its integrations.",
  "identity aws/emulator": "A local AWS emulator of the stack.",
  "identity azure/emulator": "A local Azure emulator of the stack.",
  "identity gcp/emulator": "A local Google Cloud emulator of the stack.",
  "identity kubernetes/emulator": "A local Kubernetes emulator of the stack.",
  "identity mock": "Constant credentials for tests; nothing is contacted.",
  "identity mock/aws": "Constant AWS-like credentials for tests; nothing is contacted.",
  "integration aws/ecr": "Docker login at a private Amazon ECR registry.",
  "integration aws/ecr-public": "Docker login at Amazon ECR Public.",
  "integration aws/eks": "A kubeconfig entry for an Amazon EKS cluster.",
  "integration azure/acr": "Docker login at an Azure Container Registry.",
  "integration azure/aks": "A kubeconfig entry for an Azure AKS cluster.",
  "integration gcp/gke": "A kubeconfig entry for a Google GKE cluster.",
  "integration github/sts":
    "Short-lived GitHub tokens for private repositories, minted by Atmos Pro.",
};

/** Keys that several kinds have. */
export const commonDocs: Docs = {
  "provider kind": ["How the sign-in works; it decides the other keys.", "aws/saml"],
  "identity kind": ["What one acts as; it decides the other keys.", "aws/assume-role"],
  "integration kind": ["What is set up; it decides the other keys.", "aws/ecr"],
  "* tags": ["Words to pick entries by, as in `login --tags`.", ["prod", "eu"]],
  "* session": ["How long sessions last."],
  "* session.duration": [
    "Asked length of a session: seconds, a Go duration or days.",
    "8h",
    3600,
    "2d",
  ],
  "* console": ["The web console."],
  "* spec": ["Settings of this kind."],
  "* via": ["What this entry is built on: one provider or one identity."],
  "* via.provider": ["Name of the provider it hangs from.", "company-sso"],
  "* via.identity": ["Name of the identity it hangs from.", "dev-admin"],
  "* browser": ["Browser that opens sign-in pages: `none`, or a map.", "none", {
    app: "firefox",
    profile: "Work",
  }],
  "* browser.app": ["Program to open.", "firefox"],
  "* browser.profile": ["Profile of that browser.", "Work"],
  "* browser.container": ["Firefox container to open the page in.", "aws"],
  "* browser.command": ["Command with `{url}` in its place, as a list of arguments.", [
    "my-browser",
    "{url}",
  ]],
  "* browser.private": ["Open a private window.", true],

  "provider region": ["Region that sign-in and identities start from.", "us-east-1"],
  "provider start_url": [
    "Start URL of IAM Identity Center.",
    "https://acme.awsapps.com/start",
  ],
  "provider url": ["Address of the identity provider's sign-in page.", "https://idp.example.com"],
  "provider username": ["User name typed into the sign-in form.", "alice@example.com"],
  "provider password": [
    "Password of the sign-in form. Take it from the environment, or leave it out to be asked.",
    "!env IDP_PASSWORD",
  ],
  "provider driver": ["How the SAML sign-in is driven.", "Browser", "Okta"],
  "provider provider_type": ["Older name of `driver`.", "Okta"],
  "provider download_browser_driver": [
    "Accepted for compatibility: prefers the browser; nothing is downloaded.",
    true,
  ],
  "provider browser_type": ["Browser to start for a SAML sign-in.", "chrome"],
  "provider browser_executable_path": [
    "Path of the browser to start for a SAML sign-in.",
    "/usr/bin/chromium",
  ],
  "provider auto_provision_identities": [
    "Offer every account and role of the sign-in as an identity.",
    true,
  ],
  "provider console.session_duration": [
    "Length of console sessions, 15 minutes to 12 hours.",
    "2h",
  ],
  "provider default": ["Sign in here when nothing else is chosen.", true],

  "identity default": ["Use this identity when none is named.", true],
  "identity required": ["Sign in to this one as well, beside the chosen identity.", true],
  "identity provider": ["Short for `via.provider`.", "company-sso"],
  "identity principal": ["Who or what this identity is."],
  "identity credentials": ["Credentials of this identity."],
  "identity alias": ["Second name, usable wherever an identity is named.", "prod"],
  "identity env": ["Variables for programs that run as this identity.", {
    AWS_REGION: "eu-west-1",
  }, [{ key: "AWS_REGION", value: "eu-west-1" }]],
  "identity emulator": ["Name of the emulator component that plays the cloud.", "localstack"],
  "identity delivery": ["How programs get the credentials.", "process"],
  "identity elevates_to": ["Identities that `sudo` may switch to, best first.", ["dev-admin"]],
  "identity elevate": ["How a time-bound elevation is asked for."],
  "identity elevate.kind": ["System that grants the elevation.", "azure-pim"],
  "identity elevate.duration": ["Length of the elevation.", "1h"],
  "identity elevate.reason": ["Whether a reason must be given.", "required"],
  "identity elevate.wait": ["How long to wait for the approval.", "10m"],
  "identity elevate.auto": ["Ask for the elevation when it is needed.", true],
  "identity elevate.command": ["Program that asks for the elevation.", ["/opt/ask"]],
  "identity elevate.role": ["Role to be activated.", "Contributor"],
  "identity elevate.scope": ["Scope of the role.", "/subscriptions/0000"],
  "identity elevate.entitlement": ["Entitlement to be granted.", "prod-admin"],
  "identity elevate.endpoint": ["Address of the granting system.", "https://team.example.com"],
  "identity console.browser": ["Browser that opens this identity's console.", { app: "chrome" }],
  "identity console.browser.app": ["Program to open.", "firefox"],
  "identity console.browser.profile": ["Profile of that browser.", "Work"],
  "identity console.browser.container": ["Firefox container to open the page in.", "aws"],
  "identity console.browser.command": [
    "Command with `{url}` in its place, as a list of arguments.",
    ["my-browser", "{url}"],
  ],
  "identity console.browser.private": ["Open a private window.", true],

  "integration spec.auto_provision": ["Run after every sign-in.", false],
  "integration spec.registry": ["The container registry."],
  "integration spec.cluster": ["The Kubernetes cluster."],
  "integration spec.cluster.name": ["Name of the cluster.", "dev"],
  "integration spec.cluster.alias": ["Name of the kubeconfig context.", "dev"],
  "integration spec.cluster.kubeconfig": ["The kubeconfig file to be written."],
  "integration spec.cluster.kubeconfig.path": ["File to be written.", "~/.kube/dev"],
  "integration spec.cluster.kubeconfig.mode": ["Permission bits of the file, octal.", "0600"],
  "integration spec.cluster.kubeconfig.update": [
    "What happens to a file that exists: merge into it, replace it, or fail on a clash.",
    "merge",
  ],
  "integration spec.cluster.kubeconfig.set_current_context": [
    "Make the context the current one.",
    false,
  ],
  "integration spec.cluster.kubeconfig.namespace": ["Namespace of the context.", "web"],
};
