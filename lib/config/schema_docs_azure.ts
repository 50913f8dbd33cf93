import type { Docs } from "./schema_docs_types.ts";

const ID = "00000000-0000-0000-0000-000000000000";

/** Keys of the Azure kinds. */
export const azureDocs: Docs = {
  "azure spec.tenant_id": ["Tenant: its ID or a verified domain.", ID, "acme.onmicrosoft.com"],
  "azure spec.subscription_id": ["Subscription where an identity names none.", ID],
  "azure spec.location": ["Location where an identity names none.", "westeurope"],
  "azure spec.cloud_environment": ["Which Azure cloud.", "usgovernment"],
  "azure spec.files": ["Where Azure files are kept."],
  "azure spec.files.base_path": ["Directory instead of `~/.azure/atmos`.", "~/.azure/work"],
  "azure spec.client_id": ["Application that signs in; by default that of the Azure CLI.", ID],
  "azure/oidc spec.client_id": ["Application or managed identity that trusts the token.", ID],
  "azure/oidc spec.audience": [
    "Audience of the token asked of GitHub.",
    "api://AzureADTokenExchange",
  ],
  "azure/oidc spec.token_file_path": ["File that holds the token.", "/var/run/secrets/token"],
  "azure spec.azure_cli": [
    "Let the Azure CLI see the session: in its own directory, in a private one, or not.",
    "isolated",
  ],
  "azure spec.authority_host": [
    "Sign-in host instead of the cloud's.",
    "https://login.example.com",
  ],
  "azure/subscription principal.subscription_id": ["The subscription.", ID],
  "azure/subscription principal.location": ["Location for programs.", "westeurope"],
  "azure/subscription principal.resource_group": ["Resource group for programs.", "web"],
  "azure/acr spec.registry.name": ["Name of the registry, without domain.", "acme"],
  "azure/acr spec.registry.tenant_id": ["Tenant of the registry, if it is another.", ID],
  "azure/aks spec.cluster.resource_group": ["Resource group of the cluster.", "web"],
  "azure/aks spec.cluster.subscription_id": ["Subscription of the cluster, if it is another.", ID],
};
