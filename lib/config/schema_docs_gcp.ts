import type { Docs } from "./schema_docs_types.ts";

const EMAIL = "deploy@acme-prod.iam.gserviceaccount.com";

function providerDocs(): Docs {
  const docs: Docs = {
    project_id: ["Project of the resulting credentials.", "acme-prod"],
    region: ["Region for programs.", "europe-west1"],
    zone: ["Zone for programs.", "europe-west1-b"],
    scopes: ["OAuth scopes of the token.", ["https://www.googleapis.com/auth/cloud-platform"]],
    quota_project_id: ["Project that is charged for the calls.", "acme-billing"],
    universe_domain: ["Domain of the cloud's services.", "googleapis.com"],
    endpoints: ["Addresses that replace Google's own."],
    "endpoints.oauth2": ["OAuth token service.", "https://oauth2.example.com"],
    "endpoints.sts": ["Token exchange.", "https://sts.example.com"],
    "endpoints.iam_credentials": ["Service account credentials.", "https://iam.example.com"],
    "endpoints.container": ["Kubernetes Engine.", "https://container.example.com"],
    credentials_file: ["Credentials file to use before any search.", "~/keys/adc.json"],
    project_number: ["Number of the project that holds the pool.", "123456789012"],
    workload_identity_pool_id: ["The workload identity pool.", "github"],
    workload_identity_provider_id: ["The provider in the pool.", "actions"],
    workload_identity_pool: ["Older name of `workload_identity_pool_id`.", "github"],
    workload_identity_provider: [
      "Older name of `workload_identity_provider_id`; a full resource name is taken too.",
      "projects/123456789012/locations/global/workloadIdentityPools/github/providers/actions",
    ],
    service_account_email: ["Service account to impersonate.", EMAIL],
    service_account_lifetime: ["Lifetime of that account's token.", "1h"],
    subject_token_type: [
      "Type of the token that is exchanged.",
      "urn:ietf:params:oauth:token-type:jwt",
    ],
    token_source: ["Where the token to be exchanged comes from."],
    "token_source.type": ["Kind of source.", "environment"],
    "token_source.environment_variable": ["Variable that holds the token.", "CI_JOB_JWT"],
    "token_source.file_path": ["File that holds the token.", "/var/run/secrets/token"],
    "token_source.url": ["Address that answers with the token.", "https://token.example.com"],
    "token_source.request_token": [
      "Bearer token for that address.",
      "!env ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ],
    "token_source.audience": ["Audience asked for.", "//iam.googleapis.com/projects/1"],
    "token_source.allowed_hosts": ["Hosts the address may have.", ["token.example.com"]],
    "token_source.format": ["How the answer is read."],
    "token_source.format.type": ["JSON or bare text.", "json"],
    "token_source.format.subject_token_field_name": ["Field of the JSON that holds it.", "value"],
  };
  const out: Record<string, Docs[string]> = {};
  for (const [key, doc] of Object.entries(docs)) {
    out[`gcp ${key}`] = doc;
    out[`gcp spec.${key}`] = doc;
  }
  return out;
}

/** Keys of the Google Cloud kinds; those of providers stand in `spec` or beside it. */
export const gcpDocs: Docs = {
  ...providerDocs(),
  "gcp/service-account principal.service_account_email": ["The service account.", EMAIL],
  "gcp principal.project_id": ["Project for programs.", "acme-prod"],
  "gcp/service-account principal.scopes": ["OAuth scopes of the token.", [
    "https://www.googleapis.com/auth/cloud-platform",
  ]],
  "gcp/service-account principal.lifetime": ["Lifetime of the token, at most 12 hours.", "1h"],
  "gcp/service-account principal.delegates": ["Service accounts in between, in order.", [EMAIL]],
  "gcp principal.region": ["Region for programs.", "europe-west1"],
  "gcp principal.zone": ["Zone for programs.", "europe-west1-b"],
  "gcp principal.location": ["Older name of `zone`.", "europe-west1-b"],
  "gcp principal.sdk_credentials": [
    "Credentials file for Google's libraries: what fits, a copy of the user's, or none.",
    "none",
  ],
  "gcp/gke spec.cluster.project_id": ["Project of the cluster.", "acme-prod"],
  "gcp/gke spec.cluster.location": ["Region or zone of the cluster.", "europe-west1"],
  "gcp/gke spec.cluster.endpoint": ["Which address of the cluster is written.", "private"],
};
