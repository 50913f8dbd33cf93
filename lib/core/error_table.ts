/** One row a code: what went wrong and the way out. `docs/errors.md` is printed from it, sorted. */
export interface ErrorRow {
  code: string;
  cause: string;
  remedy: string;
}

/** Every `AuthError` code of the program. */
export const errorTable: ErrorRow[] = [
  {
    code: "user_aborted",
    cause: "A prompt or a wait was ended with Ctrl-C or Esc.",
    remedy: "Run the command again.",
  },
  {
    code: "identity_not_found",
    cause: "The identity named is not in the loaded configuration, under any spelling or alias.",
    remedy: "Check the name with `atmos-auth list`; it may be defined in a profile (`--profile`).",
  },
  {
    code: "provider_not_found",
    cause: "The provider named is not in the loaded configuration.",
    remedy: "Check the name with `atmos-auth list --providers`.",
  },
  {
    code: "no_identities_available",
    cause: "The loaded configuration has no identities.",
    remedy: "Add identities to `atmos.yaml` or choose a profile that has some.",
  },
  {
    code: "no_default_identity",
    cause: "No identity was named and none is marked `default: true`.",
    remedy: "Pass `--identity`, set ATMOS_IDENTITY, or mark one identity as default.",
  },
  {
    code: "multiple_default_identities",
    cause: "Several identities are marked `default: true`.",
    remedy: "Pass `--identity` or leave the mark on one of them.",
  },
  {
    code: "selection_needs_tty",
    cause: "The identity was to be chosen from a list, but there is no terminal to ask on.",
    remedy: "Name it: `--identity NAME` or ATMOS_IDENTITY.",
  },
  {
    code: "authentication_disabled",
    cause: "Authentication was switched off (`--identity=false` or ATMOS_IDENTITY=false).",
    remedy: "Name an identity, or unset the variable.",
  },
  {
    code: "kind_not_available",
    cause: "The kind is known but this build cannot use it.",
    remedy: "Use another kind, or a build that has it.",
  },
  {
    code: "invalid_auth_config",
    cause: "An entry of the `auth:` section is wrong.",
    remedy: "Run `atmos-auth validate` for all findings with their positions.",
  },
  {
    code: "circular_dependency",
    cause: "Identities refer to each other in a circle through `via.identity`.",
    remedy: "Break the circle: one of them must hang from a provider.",
  },
  {
    code: "authentication_failed",
    cause: "A step of the chain could not get credentials.",
    remedy: "Read the cause in the message; `atmos-auth explain` shows the chain.",
  },
  {
    code: "no_credentials",
    cause: "Nothing usable is stored for the identity and nothing may be asked here.",
    remedy: "Run `atmos-auth login --identity NAME`.",
  },
  {
    code: "credentials_expired",
    cause: "The stored credentials have expired and cannot be renewed without a prompt.",
    remedy: "Run `atmos-auth login --identity NAME`.",
  },
  {
    code: "login_required",
    cause: "A sign-in with a person is needed, but this command must not ask.",
    remedy: "Run `atmos-auth login --identity NAME` first.",
  },
  {
    code: "input_rejected",
    cause: "A service refused the credentials of the previous link of the chain.",
    remedy: "They are dropped and obtained anew; if it stays, run `atmos-auth logout` and `login`.",
  },
  {
    code: "partial_logout",
    cause: "Some secrets could not be removed.",
    remedy: "The message names what is left and where; remove the obstacle and run logout again.",
  },
  {
    code: "logout_failed",
    cause: "No secret could be removed.",
    remedy: "The message names what is left and where.",
  },
  {
    code: "no_provider_choice",
    cause: "No identity is configured and several providers exist.",
    remedy: "Pass `--provider`.",
  },
  {
    code: "no_providers_available",
    cause: "The loaded configuration has neither identities nor providers.",
    remedy: "Add an `auth:` section or choose a profile.",
  },
  {
    code: "integration_not_found",
    cause: "The integration named is not configured.",
    remedy: "Check `auth.integrations` in the configuration.",
  },
  {
    code: "integration_failed",
    cause: "A registry login or a kubeconfig could not be made.",
    remedy: "Read the cause in the message.",
  },
  {
    code: "no_linked_integrations",
    cause: "The identity has no integration of that kind.",
    remedy: "Add one with `via.identity`, or name an integration.",
  },
  {
    code: "path_not_allowed",
    cause:
      "A file outside the directories this command may change was about to be written or deleted.",
    remedy:
      "Check configured paths (`files.base_path`, `keyring.spec.path`, `--output`); name the file on the command line if it is meant.",
  },
  {
    code: "symlink_refused",
    cause:
      "A symbolic link stands where a file or directory of ours belongs, or leads to a place that is not safe.",
    remedy: "Look where the link points, then remove it.",
  },
  {
    code: "insecure_permissions",
    cause:
      "A directory that holds credentials belongs to somebody else or can be written by others.",
    remedy: "Check its content, then `chmod 700` it.",
  },
  {
    code: "file_refused",
    cause: "A file that should hold a secret is a link, no regular file, or larger than 1 MiB.",
    remedy: "Look at the file; remove it if it is not yours.",
  },
  {
    code: "file_not_found",
    cause: "A file or its directory does not exist.",
    remedy: "Create the directory or correct the path.",
  },
  {
    code: "file_error",
    cause: "A file could not be read, written, listed or deleted.",
    remedy: "Read the reason in the message.",
  },
  {
    code: "permission_denied",
    cause: "The operating system denies access to a file or directory.",
    remedy: "Check the owner and the mode of the path in the message.",
  },
  {
    code: "disk_full",
    cause: "The file system or the quota is full; the previous content is untouched.",
    remedy: "Free some space and try again.",
  },
  {
    code: "read_only_file_system",
    cause: "The file system cannot be written.",
    remedy:
      "Point `ATMOS_XDG_CONFIG_HOME`, `ATMOS_XDG_DATA_HOME` and `ATMOS_XDG_CACHE_HOME` elsewhere.",
  },
  {
    code: "lock_timeout",
    cause: "Another process held the lock of a file for too long.",
    remedy: "Wait for it or end it; its process id stands in the lock file.",
  },
  {
    code: "config_syntax",
    cause:
      "A configuration file is no valid YAML, or not YAML as configuration uses it: a duplicate key, a tab in the indentation, a second document, a top level that is no map.",
    remedy: "The message gives file, line and column.",
  },
  {
    code: "config_unreadable",
    cause: "A configuration file is missing, no regular file, or may not be read.",
    remedy: "Check the path and its permissions.",
  },
  {
    code: "config_selection",
    cause:
      "`--config` or `--config-path` (or ATMOS_CONFIG, ATMOS_CONFIG_PATH) names something that cannot be used.",
    remedy: "Give existing files to `--config` and existing directories to `--config-path`.",
  },
  {
    code: "config_type",
    cause: "A value of the configuration has the wrong type.",
    remedy: "The message gives the place and what is wanted there.",
  },
  {
    code: "duplicate_name",
    cause:
      "Two providers, identities or integrations of one file differ in upper and lower case only.",
    remedy: "Rename or remove one of them.",
  },
  {
    code: "invalid_boolean",
    cause: "A variable or flag that is true or false has another value.",
    remedy: "Use `true` or `false`.",
  },
  {
    code: "yaml_function_failed",
    cause: "A YAML function such as `!env` or `!exec` failed.",
    remedy: "The message names the function, its place and the cause.",
  },
  {
    code: "unsupported_yaml_tag",
    cause: "A tag is none of the YAML functions of atmos.yaml, or stands where it cannot work.",
    remedy: "Use one of the functions that the message lists.",
  },
  {
    code: "import_failed",
    cause: "An entry of `import:` could not be found, fetched or read, and imports are strict.",
    remedy: "Correct the entry, or leave `imports.strict` off to go on without it.",
  },
  {
    code: "emulator_state_invalid",
    cause: "The file given to `emulator start --state` cannot be read or contradicts itself.",
    remedy: "Correct the entry that the message names; leave keys out to get their defaults.",
  },
  {
    code: "emulator_not_started",
    cause: "The emulator cannot listen on the port.",
    remedy: "Choose another `--port`, or none to get any free one.",
  },
  {
    code: "emulator_cloud_unknown",
    cause: "There is no emulator for the cloud named by `--cloud`.",
    remedy: "Use `--cloud aws`.",
  },
  {
    code: "invalid_port",
    cause: "A port is not a number from 0 to 65535.",
    remedy: "Give a number, or leave the flag out to get any free port.",
  },
  {
    code: "no_home_directory",
    cause: "No home directory is known, and no variable says where to keep files.",
    remedy: "Set HOME, or the three `ATMOS_XDG_*_HOME` variables.",
  },
  {
    code: "invalid_section_name",
    cause: "The name of an identity cannot be a section of an AWS credentials file.",
    remedy: "Rename the identity: no `]`, no line break, no blank at either end.",
  },
  {
    code: "invalid_ini_value",
    cause: "A value with a line break was to be written into an AWS credentials file.",
    remedy: "Correct the value at its source; it came from a service or from the configuration.",
  },
  {
    code: "descriptor_unreadable",
    cause: "The descriptor named by ATMOS_KEYRING_PASSWORD_FD is not open or cannot be read.",
    remedy: "Open it in the calling process: `3<file` with ATMOS_KEYRING_PASSWORD_FD=3.",
  },
  {
    code: "keyring_password_required",
    cause:
      "The file keyring needs its password, and there is neither a source for it nor a terminal.",
    remedy: "Set the variable that the message names, or `auth.keyring.spec.password_file`.",
  },
  {
    code: "keyring_password_too_short",
    cause: "A new file keyring was to be made with a password under 8 bytes.",
    remedy: "Choose a longer password.",
  },
  {
    code: "keyring_wrong_password",
    cause: "No entry of the file keyring opens with the password given.",
    remedy: "Give the password that the entries were stored with.",
  },
  {
    code: "keyring_password_source",
    cause: "The configured source of the keyring password gave none.",
    remedy: "Correct `password_file`, `password_command` or ATMOS_KEYRING_PASSWORD_FD.",
  },
  {
    code: "keyring_unsupported_encryption",
    cause: "An entry of the file keyring is encrypted in a way that is not accepted.",
    remedy: "Store it again with the program that wrote it, or delete it and log in.",
  },
  {
    code: "keyring_entry_password",
    cause: "One entry of the file keyring was stored with another password than the others.",
    remedy:
      "Delete it with `atmos-auth keyring delete`, or run with the password it was stored with.",
  },
  {
    code: "keyring_entry_corrupted",
    cause: "A keyring entry is no valid entry, or belongs to another key.",
    remedy: "Delete it with `atmos-auth keyring delete`, then log in again.",
  },
  {
    code: "keyring_write_failed",
    cause: "An entry was written but does not read back as it was.",
    remedy: "Check the keyring with `atmos-auth doctor`; free space if its disk is full.",
  },
  {
    code: "keyring_disabled",
    cause: "Something was to be stored, but `auth.keyring.type` is `none`.",
    remedy: "Choose another store, or accept that nothing is kept.",
  },
  {
    code: "keyring_value_too_large",
    cause: "A value does not fit into the system keyring even in parts.",
    remedy: "Use `auth.keyring.type: file`.",
  },
  {
    code: "keyring_unknown_credential_type",
    cause: "A keyring entry is of a type that this version does not know.",
    remedy: "Update, or delete the entry if it is not ours.",
  },
  {
    code: "keyring_directory_unusable",
    cause: "The directory of the file keyring cannot be used.",
    remedy: "Correct `auth.keyring.spec.path` or ATMOS_KEYRING_FILE_PATH.",
  },
  {
    code: "keyring_timeout",
    cause: "The system keyring did not answer in time, often behind an unlock dialog.",
    remedy: "Unlock it, or use `auth.keyring.type: file` where there is no desktop.",
  },
  {
    code: "keyring_unavailable",
    cause: "The system keyring cannot be used here; the message says why.",
    remedy: "Use `auth.keyring.type: file`, or install what the message names.",
  },
  {
    code: "keyring_locked",
    cause: "The system keyring is locked and nobody could be asked to unlock it.",
    remedy: "Unlock it (`security unlock-keychain` on macOS) and try again.",
  },
  {
    code: "keyring_failed",
    cause: "The system keyring refused an operation.",
    remedy: "Read its complaint in the message; `atmos-auth doctor` tells more.",
  },
  {
    code: "keyring_collision",
    cause: "Two different pairs of realm and name give the same keyring key.",
    remedy: "Choose another realm or name, or delete the entry that is in the way.",
  },
  {
    code: "keyring_store_failed",
    cause: "Long-lived keys could not be stored.",
    remedy: "Remove the cause in the message, or choose another store.",
  },
  {
    code: "usage",
    cause: "The command line was not understood.",
    remedy: "Run the command with `--help`.",
  },
  {
    code: "unknown_command",
    cause: "A word is no command here, or a word stands where none is accepted.",
    remedy: "Run `atmos-auth --help` for the list of commands.",
  },
  {
    code: "unknown_flag",
    cause: "A flag is unknown to the command.",
    remedy: "Run the command with `--help=all` for its flags.",
  },
  {
    code: "flag_needs_argument",
    cause: "A flag that needs a value stands without one.",
    remedy: "Write the value after it, or `--flag=value` when it begins with a dash.",
  },
  {
    code: "invalid_flag_value",
    cause: "The value of a flag is not one of those allowed.",
    remedy: "Run the command with `--help` for the values.",
  },
  {
    code: "invalid_arguments",
    cause: "Too many or too few words were given, or they stand in the wrong place.",
    remedy: "Run the command with `--help` for its form.",
  },
  {
    code: "unsupported_feature",
    cause: "The feature belongs to the full Atmos CLI and is not offered by this program.",
    remedy: "Use the full Atmos CLI for it.",
  },
  {
    code: "unknown_help_topic",
    cause: "`--help=` was given a word that is no topic.",
    remedy: "Use usage, flags or all.",
  },
  {
    code: "invalid_version_format",
    cause: "`version --format` knows json and yaml alone.",
    remedy: "Use `--format json` or `--format yaml`.",
  },
  {
    code: "no_release_feed",
    cause: "This build does not know where releases are announced.",
    remedy: "Look at the place you got the program from.",
  },
  {
    code: "workdir_not_found",
    cause:
      "The directory of `--chdir` or `ATMOS_CHDIR` does not exist, is no directory or cannot be entered.",
    remedy: "Correct the path.",
  },
  {
    code: "invalid_environment",
    cause: "A variable of this program holds a value that it does not understand.",
    remedy: "Correct or unset the variable that the message names.",
  },
  {
    code: "invalid_log_level",
    cause: "A log level is none of Trace, Debug, Info, Warning, Error, Off.",
    remedy: "Correct `--logs-level`, `ATMOS_LOGS_LEVEL` or `logs.level`.",
  },
  {
    code: "log_file_unwritable",
    cause: "The log file cannot be opened: its directory must exist and be writable.",
    remedy: "Create the directory or name another file.",
  },
  {
    code: "stderr_file_unwritable",
    cause: "The file of `--redirect-stderr` cannot be opened.",
    remedy: "Create its directory or name another file.",
  },
  {
    code: "internal_error",
    cause: "Something happened that the program does not expect.",
    remedy: "Run the command again with `--verbose` and report what it prints.",
  },
  {
    code: "not_in_this_build",
    cause: "The command is not part of this build.",
    remedy: "Use a newer version.",
  },
  {
    code: "invalid_format",
    cause: "The output format is not one of those offered.",
    remedy: "Use one of the formats that the message lists.",
  },
  {
    code: "format_cannot_remove",
    cause: "`--unset` was asked for in a format that cannot remove variables.",
    remedy: "Use a shell format, such as bash or fish.",
  },
  {
    code: "value_not_representable",
    cause: "A value holds a character that the output format cannot express.",
    remedy: "Use another format, such as json.",
  },
  {
    code: "invalid_realm",
    cause: "`auth.realm` or ATMOS_AUTH_REALM is no usable realm.",
    remedy: "Use up to 64 lowercase letters, digits and single hyphens or underscores.",
  },
  {
    code: "unsupported_keyring_type",
    cause: "`auth.keyring.type` or ATMOS_KEYRING_TYPE names no keyring of this program.",
    remedy: "Use one of the types that the message lists.",
  },
  {
    code: "invalid_profile_name",
    cause: "A profile name is empty, reserved, or holds a slash.",
    remedy: "Give the name of a directory below one of the profile locations.",
  },
  {
    code: "profile_not_found",
    cause: "The profile named exists in none of the profile locations.",
    remedy: "`atmos-auth profile list` shows the profiles that exist.",
  },
  {
    code: "profile_needs_tty",
    cause: "`--profile` stands without a value and there is no terminal to choose on.",
    remedy: "Name it: `--profile NAME` or ATMOS_PROFILE.",
  },
  {
    code: "profile_cycle",
    cause: "Profiles extend each other in a circle.",
    remedy: "Remove one of the `metadata.extends` entries.",
  },
  {
    code: "required_flag_missing",
    cause: "A flag that the command needs here was not given.",
    remedy: "Give the flag, or set the variable that the message names.",
  },
  {
    code: "invalid_section",
    cause: "`schema --section` names a section that there is no schema for.",
    remedy: "Use `auth` or `atmos`.",
  },
  {
    code: "network_error",
    cause: "A server could not be reached, did not answer in time or broke off.",
    remedy:
      "Check the network, `HTTPS_PROXY`, `NO_PROXY` and certificates; the reason stands in the message.",
  },
  {
    code: "host_not_allowed",
    cause: "A request was about to go to a host that the configuration does not lead to.",
    remedy: "Check the URL; add the host to `auth.network.allowed_hosts` if it is right.",
  },
  {
    code: "insecure_url",
    cause: "A URL without TLS, or with another scheme than https, was about to be used.",
    remedy: "Use an `https://` URL; plain http is for this machine only.",
  },
  {
    code: "invalid_url",
    cause: "A URL in the configuration or in an answer is not valid.",
    remedy: "Correct the URL in the configuration.",
  },
  {
    code: "redirect_refused",
    cause: "A server answered with a redirect where credentials must not follow one.",
    remedy: "Check the configured URL; a login page or a proxy may stand in the way.",
  },
  {
    code: "response_too_large",
    cause: "A server answered with more data than such an answer can have.",
    remedy: "Check the configured URL.",
  },
  {
    code: "unexpected_response",
    cause: "A server answered with something else than the JSON its protocol asks for.",
    remedy: "Check the URL and the proxy settings; a login page may have answered in its place.",
  },
  {
    code: "unexpected_status",
    cause: "A server answered with an HTTP status that the protocol does not foresee.",
    remedy: "Try again later; the service may be disturbed.",
  },
  {
    code: "too_many_requests",
    cause: "A server refuses more requests for now (HTTP 429).",
    remedy: "Wait and try again; run fewer at the same time.",
  },
  {
    code: "account_ambiguous",
    cause: "Several accounts of Identity Center have the name in `principal.account`.",
    remedy: "Give `principal.account.id`; the message lists the ids.",
  },
  {
    code: "account_not_found",
    cause: "No account of Identity Center that the user may enter has this name.",
    remedy: "Correct `principal.account`; the nearest names are given.",
  },
  {
    code: "ambient_credentials_missing",
    cause: "An ambient AWS identity found no credentials on this machine.",
    remedy: "Set `AWS_PROFILE` or the `AWS_*` variables, or run where a role is attached.",
  },
  {
    code: "authorization_code_missing",
    cause: "Nothing was pasted where the authorization code was asked for.",
    remedy: "Sign in again and paste the whole text that the page shows.",
  },
  {
    code: "authorization_code_unreadable",
    cause: "What was pasted is not the text that the sign-in page shows.",
    remedy: "Sign in again and paste the whole text.",
  },
  {
    code: "authorization_error",
    cause: "The sign-in server refused the request, or the user denied it.",
    remedy: "Read the server's words in the message and sign in again.",
  },
  {
    code: "aws_call_failed",
    cause: "An AWS service refused a call or gave an incomplete answer.",
    remedy: "The message has AWS's own error code, text and request id.",
  },
  {
    code: "aws_config_invalid",
    cause: "An `AWS_*` variable that is honoured has an unusable value.",
    remedy: "Correct or unset the variable that the message names.",
  },
  {
    code: "aws_user_not_configured",
    cause: "An AWS user has access keys neither in the configuration nor in the keyring.",
    remedy: "Run `atmos-auth user configure --identity NAME`.",
  },
  {
    code: "browser_closed",
    cause: "The browser window was closed before the SAML sign-in ended.",
    remedy: "Run the login again and leave the window open until it says that it may be closed.",
  },
  {
    code: "browser_failed",
    cause: "The browser did not accept a command of the DevTools protocol.",
    remedy: "Update the browser, or choose another with `browser_executable_path`.",
  },
  {
    code: "browser_missing",
    cause: "No Chromium-family browser is installed for a SAML sign-in.",
    remedy:
      "Install one, set `browser_executable_path`, `spec.acs_listen`, or use `--saml-response-file`.",
  },
  {
    code: "browser_not_started",
    cause: "The browser ended at once or opened no DevTools port.",
    remedy: "Start it by hand to see why; another one can be named with `browser_executable_path`.",
  },
  {
    code: "browser_timed_out",
    cause: "Nobody signed in within the time limit.",
    remedy: "Run the login again.",
  },
  {
    code: "console_failed",
    cause: "The console link could not be made.",
    remedy: "Read the cause in the message; long-lived keys alone cannot open the console.",
  },
  {
    code: "credentials_revoked",
    cause: "AWS does not know the access keys of the user.",
    remedy:
      "Enter new ones with `atmos-auth user configure`, or replace them in the configuration.",
  },
  {
    code: "credentials_unusable",
    cause: "An identity yielded something that is no pair of AWS keys.",
    remedy: "Check the kinds of the chain with `atmos-auth validate`.",
  },
  {
    code: "emulator_unavailable",
    cause: "An emulator identity needs a component that this program cannot start.",
    remedy: "Use another identity.",
  },
  {
    code: "github_oidc_failed",
    cause: "GitHub gave no ID token to this job.",
    remedy: "Run in GitHub Actions with `permissions: id-token: write`.",
  },
  {
    code: "invalid_browser",
    cause: "The configured browser does not exist or is not supported.",
    remedy: "Point `browser_executable_path` at Chrome, Chromium, Edge or Brave.",
  },
  {
    code: "invalid_identity_config",
    cause: "A field of an identity is missing or wrong.",
    remedy: "Run `atmos-auth validate` for all findings with their positions.",
  },
  {
    code: "invalid_provider_config",
    cause: "A field of a provider is missing or wrong.",
    remedy: "Run `atmos-auth validate` for all findings with their positions.",
  },
  {
    code: "keyring_read_failed",
    cause:
      "The keyring could not be read, or its entry is damaged, so the user's keys are unknown.",
    remedy: "Unlock the keyring, or store the keys again with `atmos-auth user configure`.",
  },
  {
    code: "mfa_code_needed",
    cause: "An MFA code is needed and nobody can be asked.",
    remedy: "Log in at a terminal, or set `credentials.mfa_process`.",
  },
  {
    code: "mfa_process_failed",
    cause: "The configured source of MFA codes gave no six digits.",
    remedy: "Run the command by hand; its stderr is shown.",
  },
  {
    code: "missing_authorization_code",
    cause: "The browser came back without an authorization code.",
    remedy: "Sign in again.",
  },
  {
    code: "saml_decode_failed",
    cause: "What came back from the identity provider is no SAML response.",
    remedy: "Check `url`, and that the application at the provider is the one for AWS.",
  },
  {
    code: "saml_driver_unsuitable",
    cause: "The Okta org cannot be signed in to without a browser.",
    remedy: "Set `driver: Browser`.",
  },
  {
    code: "saml_page_refused",
    cause: "A sign-in page led to an address without https, or redirected without end.",
    remedy: "Check `url`, or use the Browser driver.",
  },
  {
    code: "saml_response_file_missing",
    cause: "The SAML response file does not exist.",
    remedy: "Check `--saml-response-file` or `ATMOS_SAML_RESPONSE_FILE`.",
  },
  {
    code: "saml_role_not_offered",
    cause: "The assertion does not offer the role.",
    remedy: "Assign it at the identity provider, correct `assume_role`, or set `spec.base_role`.",
  },
  {
    code: "saml_sign_in_failed",
    cause: "The identity provider refused the sign-in.",
    remedy: "Read its words in the message; check user name and password.",
  },
  {
    code: "sso_device_authorization_failed",
    cause: "Identity Center did not start the sign-in.",
    remedy: "Check `start_url` and `region` of the provider.",
  },
  {
    code: "sso_list_accounts_failed",
    cause: "The access portal did not list the accounts.",
    remedy: "Try again; the cause is in the message.",
  },
  {
    code: "sso_provisioning_failed",
    cause: "The identities of Identity Center could not be listed.",
    remedy: "The login itself is good; try again.",
  },
  {
    code: "sso_token_failed",
    cause: "Identity Center gave no token: denied, expired, or a failure of the service.",
    remedy: "Run the login again and approve the request in time.",
  },
  {
    code: "state_mismatch",
    cause: "The answer belongs to another sign-in.",
    remedy: "Start again and use only the newest page.",
  },
  {
    code: "unknown_service_alias",
    cause: "The console has no page of that name.",
    remedy: "Use another alias or a full URL.",
  },
  {
    code: "webflow_disabled",
    cause: "The browser sign-in is switched off for this user.",
    remedy: "Remove `webflow_enabled: false`, or drop `--webflow`.",
  },
  {
    code: "webflow_exchange_failed",
    cause: "The sign-in service did not exchange the code for credentials.",
    remedy: "Sign in again; the cause is in the message.",
  },
  {
    code: "webflow_refresh_failed",
    cause: "The browser session could not be renewed just now.",
    remedy: "Try again; the session is kept.",
  },
  {
    code: "webflow_timed_out",
    cause: "Nobody signed in within five minutes.",
    remedy: "Run the login again.",
  },
  {
    code: "websocket_failed",
    cause: "The browser's DevTools could not be reached.",
    remedy: "Run the login again; a local firewall may be in the way.",
  },
  {
    code: "keyring_entry_not_found",
    cause: "The keyring holds no entry of that name in the realm in effect.",
    remedy: "Check `atmos-auth keyring list --all-realms`.",
  },
  {
    code: "nothing_to_migrate",
    cause: "`keyring migrate` was asked to copy a store's realm onto itself.",
    remedy: "Give another `--to`, `--from-realm` or `--to-realm`.",
  },
  {
    code: "keyring_has_no_password",
    cause: "Only the file keyring has a password that this program sets.",
    remedy: "Set ATMOS_KEYRING_TYPE=file to change it; system keyrings are the desktop's.",
  },
  {
    code: "no_user_identities",
    cause: "No identity of a kind that keeps long-lived keys is configured.",
    remedy: "Add an identity of a kind that keeps long-lived keys.",
  },
  {
    code: "invalid_identity_kind",
    cause: "The command does not work with identities of this kind.",
    remedy: "Name an identity of the kind that the message asks for.",
  },
  {
    code: "interactive_not_available",
    cause: "Something was to be asked, but there is no terminal.",
    remedy: "Give the values by the flags that the hint names.",
  },
  {
    code: "stdin_too_long",
    cause: "More was piped in than a secret can be.",
    remedy: "Pipe in the secret alone.",
  },
  {
    code: "invalid_duration",
    cause: "A text is no duration.",
    remedy: "Use seconds, a duration such as `1h30m`, or days such as `2d`.",
  },
  {
    code: "keychain_needs_force",
    cause: "Long-lived keys were to be deleted without anybody to confirm it.",
    remedy: "Add `--force`.",
  },
  {
    code: "unsupported_setting",
    cause: "A setting of the configuration promises protection that this version cannot give.",
    remedy: "Remove the setting, or use a version that supports it.",
  },
  {
    code: "authentication_not_configured",
    cause: "The loaded configuration has no providers and no identities, but profiles exist.",
    remedy: "Activate one with `--profile NAME`; `atmos-auth profile list` shows them.",
  },
  {
    code: "invalid_path",
    cause: "A path into the configuration cannot be read, or nothing stands there.",
    remedy: 'Separate keys by dots; write keys that hold dots as `["a.b"]`.',
  },
  {
    code: "git_failed",
    cause: "The git program could not fetch a remote import.",
    remedy: "Read git's words in the message; check the address, the ref and your access.",
  },
  {
    code: "config_path_missing",
    cause: "ATMOS_CLI_CONFIG_PATH names a directory that does not exist.",
    remedy: "Correct or unset the variable.",
  },
  {
    code: "dpop_failed",
    cause: "The proof of possession for the browser session could not be made.",
    remedy: "Sign in again with `--webflow`.",
  },
  {
    code: "not_interactive",
    cause:
      "A question would have to be asked, and nobody can answer: no terminal, CI, or `--interactive=false`.",
    remedy: "Run the command in a terminal, or give the value by a flag or variable.",
  },
  {
    code: "no_options",
    cause: "There is nothing to choose from.",
    remedy: "Check the configuration, or the filter that leaves nothing.",
  },
  {
    code: "no_terminal",
    cause: "There is no terminal to read keys from.",
    remedy: "Run the command in a terminal, or give the value by a flag or variable.",
  },
  {
    code: "no_shell",
    cause: "Neither a flag, a variable nor PATH leads to a shell.",
    remedy: "Name one with `--shell` or set `SHELL`.",
  },
  {
    code: "shell_environment_failed",
    cause: "The environment of the shell could not be put together.",
    remedy: "Read the cause in the message.",
  },
  {
    code: "not_supported",
    cause: "The identity's cloud has no such operation.",
    remedy: "Use another identity, or another command.",
  },
  {
    code: "no_identities_match_tags",
    cause: "No identity bears any of the tags given.",
    remedy: "The message lists the tags in use.",
  },
  {
    code: "no_providers_match_tags",
    cause: "No provider bears any of the tags given.",
    remedy: "The message lists the tags in use.",
  },
  {
    code: "identity_not_configured",
    cause: "Only a fragment of the identity is loaded: it has no kind.",
    remedy: "Activate the profile that defines it, or complete it in `atmos.yaml`.",
  },
  {
    code: "unknown_shell",
    cause: "There is no completion script for the shell.",
    remedy: "Use bash, zsh, fish or powershell.",
  },
  {
    code: "mutually_exclusive_flags",
    cause: "Two flags were given that exclude each other.",
    remedy: "Give one of them.",
  },
  {
    code: "invalid_ecr_registry",
    cause: "The registry given is no host of a private Amazon registry.",
    remedy:
      "Write `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, with nothing behind the host; `--public` for public.ecr.aws.",
  },
  {
    code: "ecr_authentication_failed",
    cause: "Amazon ECR gave no usable authorization token.",
    remedy: "Read the cause in the message; the identity needs `ecr:GetAuthorizationToken`.",
  },
  {
    code: "eks_cluster_not_found",
    cause: "There is no cluster of this name in the region of the identity's account.",
    remedy: "Check the name, the region, and the account of the identity.",
  },
  {
    code: "eks_describe_failed",
    cause: "The cluster could not be described, or is not ready.",
    remedy:
      "The identity needs `eks:DescribeCluster`, and the cluster must be `ACTIVE` or `UPDATING`.",
  },
  {
    code: "docker_config_unreadable",
    cause: "Docker's `config.json` is not valid JSON.",
    remedy: "Mend or move the file; it was left untouched.",
  },
  {
    code: "docker_config_unwritable",
    cause: "Docker's `config.json` could not be written.",
    remedy: "Check the permissions of the file and its directory, and the space left.",
  },
  {
    code: "kubeconfig_merge_failed",
    cause:
      "The kubeconfig is no valid one, or a name is taken and `update: error` forbids to replace it.",
    remedy: "Mend the file or choose another name; the file was left untouched.",
  },
  {
    code: "kubeconfig_write_failed",
    cause: "The kubeconfig could not be written.",
    remedy: "Check the permissions of the file and its directory, and the space left.",
  },
  {
    code: "nothing_to_log_in",
    cause: "`aws ecr login` was not told what to log in to.",
    remedy: "Name an integration, `--identity`, `--registry` or `--public`.",
  },
  {
    code: "eks_token_failed",
    cause: "No token could be made for the cluster.",
    remedy: "Sign in again with the command shown, or read the cause in the message.",
  },
  {
    code: "required_flag",
    cause: "A flag that the command cannot do without is missing.",
    remedy: "Give the flag named in the message.",
  },
  {
    code: "not_offered",
    cause: "The flag belongs to something that this program does not do.",
    remedy: "Use the other flags named in the message.",
  },
  {
    code: "no_command",
    cause: "There is no command to run.",
    remedy: "Put it behind `--`.",
  },
  {
    code: "webflow_needs_user",
    cause: "`--webflow` signs in IAM users, and the identity is none.",
    remedy: "Name a user identity with `--identity`.",
  },
  {
    code: "invalid_argument",
    cause: "A flag was given a value that it cannot take.",
    remedy: "Use one of the forms that `--help` shows.",
  },
  {
    code: "exec_version_unsupported",
    cause: "kubectl asked for a version of ExecCredential that this program does not speak.",
    remedy: "Use `client.authentication.k8s.io/v1` or `v1beta1` in the kubeconfig.",
  },
  {
    code: "helper_not_found",
    cause: "A program that is needed is not on PATH.",
    remedy: "Install it, or put it on PATH.",
  },
  {
    code: "listener_failed",
    cause: "The local callback of the browser sign-in could not be opened.",
    remedy: "Choose another port, or sign in with `--device-code`.",
  },
  {
    code: "helper_not_allowed",
    cause: "A program was to be started that is none of the helpers this program knows.",
    remedy: "Give its absolute path.",
  },
  {
    code: "helper_failed",
    cause: "A helper program could not be started.",
    remedy: "Read the cause in the message.",
  },
  {
    code: "command_not_found",
    cause: "The command to run is not on PATH.",
    remedy: "Install it, or give its path.",
  },
  {
    code: "command_not_executable",
    cause: "The command to run is there, but cannot be executed.",
    remedy: "Check its permissions and that it is a program.",
  },
  {
    code: "stack_not_found",
    cause: "`--stack` names no stack of this project.",
    remedy: "`atmos-auth list stacks` shows the names; the message names the nearest one.",
  },
  {
    code: "component_not_found",
    cause: "The stack has no component of that name.",
    remedy: "Check the names of stack and component, and the imports of the manifest.",
  },
  {
    code: "component_base_not_found",
    cause: "A component inherits from one that its stack does not define.",
    remedy: "Import the manifest that defines it, or correct `metadata.inherits`.",
  },
  {
    code: "circular_inheritance",
    cause: "Components inherit from each other in a circle.",
    remedy: "Remove one of the `metadata.inherits` entries of the chain shown.",
  },
  {
    code: "duplicate_component",
    cause: "Several manifests of one stack say different things.",
    remedy: "Keep the component in one of them, or make them equal.",
  },
  {
    code: "stack_required",
    cause: "`--component` was given without `--stack`.",
    remedy: "Add `--stack NAME`.",
  },
  {
    code: "stacks_not_configured",
    cause: "The configuration does not say where the stacks are, or the directory is missing.",
    remedy: "Set `stacks.base_path` and `stacks.included_paths` in `atmos.yaml`.",
  },
  {
    code: "invalid_stack_section",
    cause: "A section of a stack manifest has the wrong type.",
    remedy: "The message gives the place; sections are maps.",
  },
  {
    code: "invalid_stack_import",
    cause: "An entry of `import:` in a stack manifest is neither a path nor a map with one.",
    remedy: "Correct the entry at the place shown.",
  },
  {
    code: "stack_import_not_found",
    cause: "A stack manifest imports a file that does not exist.",
    remedy: "Correct the path, or set `skip_if_missing: true`.",
  },
  {
    code: "stack_import_cycle",
    cause: "Stack manifests import each other in a circle.",
    remedy: "Remove one of the imports of the chain shown.",
  },
  {
    code: "invalid_list_merge_strategy",
    cause: "`settings.list_merge_strategy` is none of `replace`, `append`, `merge`.",
    remedy: "Use one of the three.",
  },
  {
    code: "template_failed",
    cause: "A template in a stack manifest or in `stacks.name_template` could not be rendered.",
    remedy: "The message names the template and what is missing.",
  },
  {
    code: "unknown_default_identity",
    cause: "A stack marks an identity as default that is not configured.",
    remedy: "Define the identity in `atmos.yaml` or the active profile, or mark an existing one.",
  },
  {
    code: "local_file_tracked",
    cause: "`atmos.local.yaml` holds one person's own settings, but git tracks it.",
    remedy: "Add it to `.gitignore` and run `git rm --cached atmos.local.yaml`.",
  },
];
