"""What providers refuse with, and what a person has to do about it: data only, one sentence for each code.

In the sentences {place} is the mailbox or the smarthost, {user} its user, {client} the application's ID, {tenant} the
Microsoft directory and {command} what to type.  Microsoft's numbers are those of its list "Microsoft Entra
authentication and authorization error codes".
"""

from __future__ import annotations

AGAIN = "the login for {place} is no longer valid%s: run {command}"
PERSON = "Microsoft wants the person behind {place} in front of a browser once more%s: run {command}"
PUBLIC = (
    "the application {client} does not allow device codes: under Authentication of the application in the Entra admin"
    " centre set Allow public client flows to Yes, then run {command}"
)
CONSENT = (
    "nobody has consented to the application {client} opening {place}: an administrator opens API permissions of the"
    " application in the Entra admin centre and presses Grant admin consent; then run {command}"
)

_MICROSOFT: tuple[tuple[str, str], ...] = (
    # --- the application and its secret
    (
        "7000215",
        "the client secret of {place} is wrong: use the secret's value (not its ID) from Certificates & secrets of the"
        " application {client} in the Entra admin centre",
    ),
    (
        "7000222",
        "the client secret of {place} has expired: make a new one under Certificates & secrets of the application"
        " {client} in the Entra admin centre and put it where the configuration reads it",
    ),
    ("7000216 7000218", PUBLIC + " (or, for an application's own login, give the client secret)"),
    (
        "70002",
        "the application {client} of {place} is neither a public client nor is its secret right: under Authentication in"
        " the Entra admin centre set Allow public client flows to Yes, or check the secret",
    ),
    ("700025", "the application {client} is a public client: remove the secret of {place} from the configuration"),
    (
        "700027 700030",
        "the certificate of the application {client} for {place} is not registered there, or has expired",
    ),
    (
        "700016 700011 700038",
        "the directory {tenant} knows no application {client}: check client_id and tenant of {place}; perhaps the"
        " application lies in another directory, or nobody has consented to it in this one",
    ),
    ("7000112 70001", "the application {client} is disabled: enable it under Enterprise applications"),
    (
        "50105",
        "the account behind {place} is not assigned to the application {client}: do so under Enterprise applications",
    ),
    # --- the directory
    (
        "90002",
        "there is no Microsoft directory called {tenant}: check tenant of {place}; it is the directory's ID or one of its"
        " domains, as on the overview page of the Entra admin centre",
    ),
    (
        "900023 90019 50059 50128",
        "tenant of {place} ({tenant}) is neither the ID nor a domain of a Microsoft directory",
    ),
    ("50194 9001023", "the application {client} wants its own directory: set tenant of {place} to the directory's ID"),
    ("500011 650052", "the directory {tenant} has no Exchange Online for {place}: check tenant and licences"),
    # --- permissions and scopes
    ("65001 90094 650056 7000229 90008", CONSENT),
    (
        "650057",
        "the application {client} lists no permission for Exchange: under API permissions add Office 365 Exchange Online"
        " (IMAP.AccessAsUser.All or SMTP.Send for a person, IMAP.AccessAsApp or SMTP.SendAsApp for the application), grant"
        " consent, then run {command}",
    ),
    ("65004", "the person who logged in did not agree: run {command} again and agree"),
    (
        "70011 1002012 28002",
        "the scopes of {place} are not right: leave them out, or for an application use https://outlook.office365.com/.default",
    ),
    (
        "90013 90014 900144 90004 90023",
        "Microsoft calls the request for {place} malformed: check client_id, tenant, scopes",
    ),
    # --- the person
    ("50034 51004", "the account used for {place} is not in the directory {tenant}: check user and tenant"),
    (
        "50020 500208",
        "the account used for {place} is not of the directory {tenant}: log in with one of it, or set tenant",
    ),
    ("50053", "the account behind {place} is locked after wrong logins: wait or unlock it, then run {command}"),
    ("50055 50144", "the password of the account behind {place} has expired: its owner changes it, then run {command}"),
    ("50057", "the account behind {place} is disabled: enable it in the Entra admin centre, then run {command}"),
    ("50126", "the account behind {place} was refused (name or password): run {command}"),
    ("50072 50079", PERSON % " (to set up multi-factor authentication)"),
    ("50074 50076", PERSON % " (multi-factor authentication)"),
    ("50078", PERSON % " (the multi-factor authentication is too old)"),
    ("50158", PERSON % " (a rule of conditional access)"),
    (
        "53003",
        "a rule of conditional access blocks {place}: an administrator finds the rule under Sign-in logs in the Entra admin"
        " centre and exempts the application {client} or the account",
    ),
    (
        "530036",
        "a rule of conditional access forbids logins made with a device code: an administrator exempts the account, or"
        " {place} uses the application's own login (client credentials)",
    ),
    ("530035", "security defaults of the directory {tenant} block {place}: an administrator looks under Sign-in logs"),
    (
        "50097 53000 53001 53002",
        "a rule of conditional access wants a managed device or app for {place}: exempt the account, or use the"
        " application's own login (client credentials)",
    ),
    # --- the stored login
    ("700082", AGAIN % " (it was not used for too long)"),
    ("700084", AGAIN % " (it was made for a web page and lives a day)"),
    ("70008 50089", AGAIN % " (it has expired)"),
    ("70043", AGAIN % " (a sign-in frequency rule of conditional access ended it)"),
    ("70000 9002313", AGAIN % " (withdrawn, or the login file is damaged)"),
    ("50132 50133 50173", AGAIN % " (the password was changed, or an administrator ended all logins)"),
    ("70018 70019 70020", "the code was not typed in rightly and in time: run {command} again"),
)
MICROSOFT = {f"AADSTS{number}": sentence for numbers, sentence in _MICROSOFT for number in numbers.split()}
"""AADSTS number to sentence."""

_PASSING_NUMBERS = (40010, 50033, 50087, 50088, 50196, 80002, 80005, 90006, 90012, 90024, 90033)
MICROSOFT_PASSING = frozenset(f"AADSTS{number}" for number in _PASSING_NUMBERS)
"""What Microsoft itself calls transient."""

GOOGLE: tuple[tuple[str, str, str], ...] = (
    (
        "invalid_grant",
        "expired or revoked",
        "the login for {place} has expired or was withdrawn: get a new one with {command}. If that happens every seven"
        " days, the Google Cloud project is still in testing: under OAuth consent screen set it to In production (or"
        " Internal)",
    ),
    (
        "invalid_grant",
        "invalid jwt",
        "Google does not accept the time in the request for {place}: is this computer's clock right? (timedatectl). If it"
        " is, the key file may be of a deleted key",
    ),
    ("invalid_grant", "invalid email", "Google knows no user {user}: check user of {place}"),
    (
        "invalid_grant",
        "account not found",
        "Google knows no service account of this key file: was it deleted? ({place})",
    ),
    (
        "invalid_grant",
        "invalid_rapt",
        "Google wants the person behind {place} to log in again (the session length of your organisation ended it): run"
        " {command}; a service account has no such limit",
    ),
    ("invalid_grant", "", AGAIN % " (withdrawn, expired, or the password was changed)"),
    (
        "unauthorized_client",
        "",
        "the service account of {place} may not act for {user}: in the Google Admin console under Security, API controls,"
        " Domain-wide delegation, add the account's client ID {client} with the scope https://mail.google.com/ (it takes"
        " some minutes to work)",
    ),
    (
        "access_denied",
        "",
        "Google refused {place}: the person did not agree, or the scope https://mail.google.com/ is not allowed for the"
        " service account or the application (Google Admin console, Security, API controls)",
    ),
    (
        "invalid_client",
        "",
        "client_id or secret of {place} is wrong, or the client is gone from the Google Cloud console",
    ),
    (
        "deleted_client",
        "",
        "the OAuth client of {place} was deleted: make a new one in the Google Cloud console, put its client_id and secret"
        " into the configuration, then run {command}",
    ),
    ("disabled_client", "", "the OAuth client of {place} is disabled in the Google Cloud console"),
    (
        "admin_policy_enforced",
        "",
        "a policy of your Google Workspace blocks {place}: an administrator allows the client",
    ),
    ("org_internal", "", "the OAuth client of {place} is for another organisation only: use an account of that one"),
    ("invalid_scope", "", "the scopes of {place} are not right: leave them out, or use https://mail.google.com/"),
)
"""Google: (error, words in its description or subtype, sentence); the first row that fits."""

ANY = {
    "invalid_grant": AGAIN % "",
    "invalid_client": "client_id or secret of {place} is not accepted: check both, and whether the secret has expired",
    "unauthorized_client": "the client {client} of {place} may not log in in this way: allow it at the provider (client"
    " credentials, refresh token or device code)",
    "unsupported_grant_type": "the provider of {place} does not offer this way of logging in: check token_url",
    "invalid_scope": "the scopes of {place} are not right: check scopes in the configuration",
    "access_denied": "the login for {place} was declined: run {command} again and agree",
    "authorization_declined": "the login for {place} was declined: run {command} again and agree",
    "expired_token": "the code was not typed in in time: run {command} again",
    "bad_verification_code": "the code is not valid any more: run {command} again",
    "consent_required": "somebody has to consent for {place}: run {command} and agree",
    "interaction_required": "the provider wants the person behind {place} in front of a browser once more: run {command}",
}
"""The errors of RFC 6749 5.2 and RFC 8628 3.5, for every provider."""

PASSING = frozenset({"temporarily_unavailable", "server_error", "internal_failure", "slow_down"})
"""Errors that pass by themselves."""

_GOOD = "The token is good, but the server does not let {user} in with it. Usual reasons"
_IMAP_OFF = (
    " IMAP is switched off for the mailbox (Set-CASMailbox {user} -ImapEnabled $true); changes take up to an hour"
)

EXCHANGE = (
    _GOOD + " at Microsoft: the application has no service principal in Exchange (New-ServicePrincipal -AppId {client}"
    " -ObjectId OBJECT, with the object ID shown under Enterprise applications, not App registrations) or no right to the"
    " mailbox (Add-MailboxPermission -Identity {user} -User OBJECT -AccessRights FullAccess); the permission"
    " IMAP.AccessAsApp lacks an administrator's consent;" + _IMAP_OFF
)
DELEGATED = (
    _GOOD + " at Microsoft: somebody else logged in than the mailbox's owner or a member with full access to the shared"
    " mailbox (run {command} again with the right account); user in the configuration is not the mailbox's primary"
    " address;" + _IMAP_OFF
)
GMAIL = (
    _GOOD + " at Google: IMAP is switched off for the user (Google Admin console, Apps, Gmail, End user access) or in"
    " Gmail's settings; the login was made with another account than {user}; the scope is not https://mail.google.com/"
)
ELSEWHERE = (
    _GOOD + ": user is not right, the login was made with another account, the scopes do not cover mail, or the server"
    " expects the other mechanism (xoauth2 or oauthbearer)"
)
NO_SMTP = (
    ". For sending: SMTP AUTH must be on for the mailbox (Set-CASMailbox {user} -SmtpClientAuthenticationDisabled $false)"
    " and the right to send as it granted"
)
