"""Which word a reason gets: what receiving systems say at which step of the conversation, one answer after another."""

from __future__ import annotations

import pytest

from parsers.bouncereason import Evidence, reason_of
from parsers.bouncestage import Stage, stage_of

ANSWERS = (
    ("userunknown", "5.1.1", Stage.RCPT, "550-5.1.1 The account that you tried to reach does not exist here"),
    ("suspend", "5.2.1", Stage.RCPT,
     "550 5.2.1 The email account that you tried to reach is inactive. For more information"),
    ("mailboxfull", "5.2.2", Stage.RCPT,
     "552-5.2.2 The recipient's inbox is out of storage space. Please direct the recipient"),
    ("speeding", "4.2.1", Stage.RCPT,
     "450-4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend"),
    ("authfailure", "5.7.26", Stage.DATA,
     "550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all "
     "senders to authenticate with either SPF or DKIM"),
    ("spamdetected", "5.7.1", Stage.DATA,
     "550-5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail. To "
     "reduce the amount of spam sent to Gmail, this message has been blocked."),
    ("requireptr", "5.7.25", Stage.DATA,
     "550-5.7.25 [192.0.2.1] The IP address sending this message does not have a PTR record setup"),
    ("blocked", "5.7.1", Stage.DATA,
     "550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to send email directly to "
     "our servers. Please use the SMTP relay at your service provider instead."),
    ("speeding", "4.7.28", Stage.DATA,
     "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. "
     "To protect our users from spam, mail sent from your IP address has been temporarily rate limited."),
    ("policyviolation", "5.7.0", Stage.DATA,
     "552-5.7.0 This message was blocked because its content presents a potential security issue."),
    ("badreputation", "4.7.0", Stage.DATA,
     "421-4.7.0 [192.0.2.1 15] Our system has detected that this message is suspicious due to the very low"
     " reputation of the sending IP address."),
    ("speeding", "5.4.5", Stage.RCPT, "550 5.4.5 Daily user sending limit exceeded."),
    ("mesgtoobig", "5.3.4", Stage.DATA, "552-5.3.4 Your message exceeded Google's message size limits."),
    ("contenterror", "5.6.0", Stage.DATA,
     "550-5.7.1 Messages missing a valid address in From: header, or having no From: header, are not "
     "accepted."),
    ("policyviolation", "5.7.1", Stage.DATA,
     "550-5.7.1 Messages with multiple addresses in From: header are not accepted"),
    ("userunknown", "5.1.3", Stage.RCPT, "553-5.1.3 The recipient address <ann> is not a valid RFC 5321 address."),
    ("blocked", "5.7.1", Stage.MAIL,
     "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet "
     "service provider since part of their network is on our block list (S3140)."),
    ("userunknown", "5.5.0", Stage.RCPT, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
    ("authfailure", "5.7.515", Stage.DATA,
     "550 5.7.515 Access denied, sending domain EXAMPLE.COM doesn't meet the required authentication "
     "level."),
    ("blocked", "5.7.606", Stage.RCPT, "550 5.7.606 Access denied, banned IP [192.0.2.1]"),
    ("blocked", "5.7.511", Stage.RCPT, "550 5.7.511 Access denied, banned sender[192.0.2.1]."),
    ("blocked", "5.7.1", Stage.RCPT,
     "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Customer Block list "
     "(AS16012611)"),
    ("blocked", "5.7.1", Stage.RCPT,
     "550 5.7.1 Closed; Client host [192.0.2.1] blocked using Spamhaus; To request removal from this list "
     "see"),
    ("userunknown", "5.4.1", Stage.RCPT,
     "550 5.4.1 Recipient address rejected: Access denied. [AM5EUR02FT047.eop-"
     "EUR02.prod.protection.outlook.com]"),
    ("norelaying", "5.7.64", Stage.RCPT, "550 5.7.64 TenantAttribution; Relay Access Denied"),
    ("securityerror", "5.7.57", Stage.MAIL,
     "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM"),
    ("userunknown", "5.1.10", Stage.NONE, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; nobody by that address"),
    ("authfailure", "5.7.23", Stage.DATA,
     "550 5.7.23 The message was rejected because of Sender Policy Framework violation"),
    ("mailboxfull", "5.2.2", Stage.NONE,
     "554 5.2.2 mailbox full; "
     "STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to "
     "process message due to a permanent exception"),
    ("exceedlimit", "5.2.3", Stage.NONE, "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large"),
    ("mesgtoobig", "5.3.4", Stage.NONE, "550 5.3.4 SMTPSEND.OverAdvertisedSize; message size exceeds fixed maximum size"),
    ("filtered", "5.7.1", Stage.NONE, "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized"),
    ("rejected", "5.7.124", Stage.NONE,
     "550 5.7.124 RESOLVER.RST.SenderNotAuthorized; sender not in allowed-senders list"),
    ("rejected", "5.1.8", Stage.MAIL, "550 5.1.8 Access denied, bad outbound sender AS(42004)"),
    ("speeding", "5.7.705", Stage.MAIL, "550 5.7.705 Access denied, tenant has exceeded threshold"),
    ("badreputation", "4.7.650", Stage.MAIL,
     "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation."),
    ("networkerror", "5.4.14", Stage.NONE, "554 5.4.14 Hop count exceeded - possible mail loop ATTR34"),
    ("authfailure", "5.7.509", Stage.DATA,
     "550 5.7.509 Access denied, sending domain [EXAMPLE.COM] does not pass DMARC verification and has a "
     "DMARC policy of reject."),
    ("speeding", "5.2.121", Stage.NONE,
     "550 5.2.121 RESOLVER.RST.RecipientThrottled; recipient's per hour message receive limit exceeded"),
    ("expired", "4.4.316", Stage.NONE, "450 4.4.316 Connection refused [Message=Socket error code 10061]"),
    ("networkerror", "4.4.312", Stage.NONE, "450 4.4.312 DNS query failed [Message=ErrorRetry]"),
    ("contenterror", "5.6.11", Stage.DATA,
     "550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds, which cannot be sent "
     "via DATA"),
    ("spamdetected", "5.7.1", Stage.DATA, "550 5.7.1 Rejected as spam by a content filter"),
    ("systemerror", "5.3.2", Stage.NONE, "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded"),
    ("policyviolation", "5.7.9", Stage.DATA,
     "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes"),
    ("blocked", "5.7.1", Stage.CONNECT,
     "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's "
     "list; see"),
    ("userunknown", "5.0.0", Stage.DATA, "554 delivery error: dd This user has no account (ann@example.net) [0]"),
    ("suspend", "5.0.0", Stage.DATA,
     "554 delivery error: dd Sorry your message to ann@example.net cannot be delivered. This mailbox is "
     "disabled (554.30)."),
    ("mailboxfull", "5.2.2", Stage.RCPT, "552 1 Requested mail action aborted, mailbox not found"),
    ("suspend", "5.1.1", Stage.RCPT, "554 5.1.1 Mailbox unavailable; account deactivated"),
    ("userunknown", "5.1.1", Stage.RCPT, "550 5.1.1 <ann@example.net>: user does not exist"),
    ("spamdetected", "5.7.0", Stage.DATA,
     "554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/"),
    ("policyviolation", "5.7.1", Stage.DATA, "554 5.7.1 [CS01] Message rejected due to local policy."),
    ("mailboxfull", "5.2.2", Stage.RCPT, "552 5.2.2 <ann@example.net>: user over quota"),
    ("blocked", "5.5.4", Stage.CONNECT, "501 5.5.4 invalid host name"),
    ("requireptr", "", Stage.CONNECT, "554-No service 554-Bad DNS PTR record"),
    ("blocked", "", Stage.CONNECT,
     "554-gmx.net (mxgmx107) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is "
     "block listed."),
    ("userunknown", "", Stage.RCPT, "550-Requested action not taken: mailbox unavailable 550 For explanation visit"),
    ("policyviolation", "", Stage.DATA, "554-Transaction failed 554-Reject due to policy restrictions."),
    ("blocked", "", Stage.CONNECT,
     "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact "
     "tosa@rx.t-online.de to clarify.) (BL)"),
    ("userunknown", "", Stage.RCPT, "550 user unknown"),
    ("spamdetected", "5.7.1", Stage.DATA, "550 5.7.1 Refused by local policy. No SPAM please!"),
    ("userunknown", "5.1.1", Stage.RCPT, "550 5.1.1 Adresse invalide. OFR_416 [416]"),
    ("mailboxfull", "5.2.2", Stage.RCPT, "552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]"),
    ("blocked", "5.5.0", Stage.CONNECT,
     "550 5.5.0 Service refuse. Veuillez verifier votre configuration. Service refused. OFR_403"),
    ("toomanyconn", "4.2.0", Stage.CONNECT,
     "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, "
     "slow down. OFR005_104 [104]"),
    ("suspend", "5.2.1", Stage.RCPT, "550 5.2.1 Compte suspendu. Account suspended. OFR_418"),
    ("spamdetected", "5.2.0", Stage.DATA, "550 5.2.0 Refus. OFR_506 [506]"),
    ("toomanyconn", "", Stage.CONNECT, "421 Too many connections from this host"),
    ("blocked", "5.7.1", Stage.CONNECT, "554 5.7.1 Closed; Client host [192.0.2.1] blocked by RBL laposte LPN007_510"),
    ("spamdetected", "", Stage.DATA, "550 spam detected"),
    ("blocked", "", Stage.CONNECT,
     "451 too many errors from your ip (192.0.2.1), please visit http://postmaster.free.fr/"),
    ("suspend", "", Stage.RCPT, "550 Not accepted. Mailbox ann@example.net is unavailable: account is disabled"),
    ("mailboxfull", "", Stage.RCPT, "550 Mailbox is full, message can't be delivered"),
    ("spamdetected", "", Stage.DATA,
     "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=x or report details"
     " to abuse@corp.mail.ru"),
    ("blocked", "", Stage.CONNECT, "550 Access from ip address 192.0.2.1 blocked. Visit http://help.mail.ru"),
    ("spamdetected", "5.7.1", Stage.DATA, "554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc"),
    ("userunknown", "5.7.1", Stage.RCPT, "550 5.7.1 No such user!"),
    ("mailboxfull", "5.2.2", Stage.RCPT, "552 5.2.2 Mailbox size limit exceeded"),
    ("userunknown", "", Stage.RCPT,
     "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728"),
    ("spamdetected", "", Stage.DATA,
     "550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726"),
    ("toomanyconn", "", Stage.CONNECT,
     "550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1"),
    ("spamdetected", "", Stage.DATA,
     "554 DT:SPM 163 smtp10,DsCowAB3 please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1"),
    ("rejected", "", Stage.MAIL, "553 Requested action not taken: NULL sender is not allowed"),
    ("userunknown", "", Stage.RCPT, "550 User not found: ann@example.net"),
    ("suspend", "", Stage.RCPT, "550 Mailbox unavailable or access denied "),
    ("blocked", "", Stage.CONNECT, "554 IP<192.0.2.1> in blacklist"),
    ("policyviolation", "5.7.0", Stage.DATA, "550 5.7.0 Local Policy Violation"),
    ("blocked", "5.7.1", Stage.CONNECT, "554 5.7.1 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1"),
    ("rejected", "", Stage.RCPT,
     "550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550"),
    ("rejected", "", Stage.DATA,
     "550 Rejected by header based manually Blocked Senders - https://community.mimecast.com"),
    ("badreputation", "", Stage.CONNECT, "550 csi.mimecast.org Poor Reputation Sender. - https://community.mimecast.com"),
    ("userunknown", "", Stage.RCPT, "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [x]"),
    ("systemerror", "", Stage.RCPT,
     "451 Internal resources are temporarily unavailable - "
     "https://community.mimecast.com/docs/DOC-1369#451"),
    ("authfailure", "", Stage.DATA, "550 DMARC Sender Invalid - envelope rejected - https://community.mimecast.com"),
    ("policyviolation", "", Stage.DATA,
     "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554"),
    ("blocked", "", Stage.DATA, "550 permanent failure for one or more recipients (ann@example.net:blocked)"),
    ("blocked", "", Stage.CONNECT,
     "554 Closed; Client host [mx.example.com] blocked using Barracuda Reputation; "
     "http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1"),
    ("badreputation", "", Stage.CONNECT,
     "554-mx.example.net 554 Your access to this mail system has been rejected due to the sending MTA's "
     "poor reputation."),
    ("userunknown", "5.1.0", Stage.RCPT, "550 #5.1.0 Address rejected."),
    ("blocked", "5.7.1", Stage.CONNECT,
     "550 #5.7.1 Your access to submit messages to this e-mail system has been rejected."),
    ("speeding", "", Stage.RCPT, "452 Too many recipients received this hour"),
    ("blocked", "5.7.1", Stage.CONNECT, "550 5.7.1 Closed; Client host [192.0.2.1] blocked using Trend Micro RBL+."),
    ("filtered", "", Stage.DATA,
     "553 Message filtered. Refer to the Troubleshooting page at "
     "http://www.symanteccloud.com/troubleshooting for more information. (#5.7.1)"),
    ("blocked", "", Stage.CONNECT,
     "501 Connection rejected by policy [7.7] 38206, please visit www.messagelabs.com/support for more "
     "details about this error message."),
    ("authfailure", "", Stage.DATA,
     "550 5.1.0 192.0.2.1 is not allowed to send from <example.com> per its SPF Record. Please inspect "
     "your SPF settings, and try again. IB508"),
    ("spamdetected", "", Stage.DATA, "550 5.7.1 Message rejected due to content. Cloudmark CSI"),
    ("virusdetected", "5.7.1", Stage.DATA, "550 5.7.1 Message contains a virus (Eicar-Test-Signature)"),
    ("spamdetected", "5.7.1", Stage.DATA,
     "554 5.7.1 This message has been blocked because it contains FortiSpamshield blocking URL(s)"),
    ("virusdetected", "5.7.1", Stage.DATA, "554 5.7.1 Message contains malware (ClamAV: Win.Trojan.X)"),
    ("authfailure", "5.7.1", Stage.DATA, "550 5.7.1 (SPF) Validation failed for sender"),
    ("policyviolation", "4.2.0", Stage.RCPT,
     "450 4.2.0 <ann@example.net>: Recipient address rejected: Greylisted, see "
     "http://postgrey.schweikert.ch/help/example.net.html"),
    ("blocked", "5.5.2", Stage.RCPT, "504 5.5.2 <desk>: Helo command rejected: need fully-qualified hostname"),
    ("requireptr", "4.7.25", Stage.RCPT, "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]"),
    ("blocked", "5.7.1", Stage.RCPT, "554 5.7.1 <desk.example.com[192.0.2.1]>: Client host rejected: Access denied"),
    ("rejected", "5.7.1", Stage.RCPT, "554 5.7.1 <it@example.com>: Sender address rejected: Access denied"),
    ("norelaying", "5.7.1", Stage.RCPT, "554 5.7.1 <ann@example.net>: Relay access denied"),
    ("userunknown", "5.1.1", Stage.RCPT,
     "550 5.1.1 <ann@example.net>: Recipient address rejected: undeliverable address: host mx[192.0.2.2] "
     "said: 550 5.1.1 User unknown"),
    ("userunknown", "4.1.1", Stage.RCPT,
     "450 4.1.1 <ann@example.net>: Recipient address rejected: unverified address: Address verification in"
     " progress"),
    ("systemfull", "4.3.1", Stage.MAIL, "452 4.3.1 Insufficient system storage"),
    ("spamdetected", "5.7.1", Stage.DATA, "550 5.7.1 Content rejected by filter rule 12"),
    ("toomanyconn", "4.7.1", Stage.CONNECT, "450 4.7.1 Error: too many connections from 192.0.2.1"),
    ("blocked", "4.7.0", Stage.RCPT, "421 4.7.0 mx.example.net Error: too many errors"),
    ("contenterror", "5.6.0", Stage.DATA, "554 5.6.0 Message contains invalid header"),
    ("userunknown", "5.1.0", Stage.RCPT, "550 5.1.0 <ann@example.net> recipient rejected"),
    ("networkerror", "4.4.2", Stage.NONE,
     "lost connection with mx.example.net[192.0.2.2] while receiving the initial server greeting"),
    ("expired", "4.4.1", Stage.NONE, "connect to mx.example.net[192.0.2.2]:25: Connection refused"),
    ("networkerror", "4.4.3", Stage.NONE,
     "Host or domain name not found. Name service error for name=example.net type=MX: Host not found, try "
     "again"),
    ("hostunknown", "5.4.4", Stage.NONE,
     "Host or domain name not found. Name service error for name=example.net type=A: Host not found"),
    ("notaccept", "5.1.0", Stage.NONE, "Domain example.net does not accept mail (nullMX)"),
    ("networkerror", "5.4.6", Stage.NONE, "mail for example.net loops back to myself"),
    ("securityerror", "4.7.5", Stage.NONE, "Server certificate not trusted"),
    ("securityerror", "4.7.4", Stage.NONE, "TLS is required, but was not offered by host mx.example.net[192.0.2.2]"),
    ("rejected", "", Stage.RCPT,
     "550-Verification failed for <it@example.com> 550-The mail server could not deliver mail to "
     "it@example.com. The account or domain may not exist, they may be blacklisted, or missing the proper "
     "dns entries. 550 Sender verify failed"),
    ("rejected", "", Stage.RCPT, "550 Sender verify failed"),
    ("hostunknown", "", Stage.RCPT, "550 Unrouteable address"),
    ("rejected", "", Stage.RCPT, "550-Callback setup failed while verifying <it@example.com> 550 Sender verify failed"),
    ("norelaying", "", Stage.RCPT, "550 relay not permitted"),
    ("rejected", "", Stage.RCPT, "550 Administrative prohibition"),
    ("norelaying", "", Stage.RCPT,
     "550-mx.example.net (mail) [192.0.2.1]:4711 is currently not permitted to relay through this server."),
    ("userunknown", "", Stage.RCPT, "550 Previous (cached) callout verification failure"),
    ("systemerror", "", Stage.RCPT, "451 Temporary local problem - please try later"),
    ("blocked", "", Stage.RCPT,
     "550 JunkMail rejected - mx.example.net [192.0.2.1]:4711 is in an RBL, see https://www.spamhaus.org/"),
    ("spamdetected", "", Stage.DATA, "550 This message was classified as SPAM and may not be delivered"),
    ("rejected", "", Stage.MAIL, "550 message sent without MX record for sender"),
    ("requireptr", "", Stage.CONNECT, "550 inconsistent or no DNS PTR record for 192.0.2.1 (see RFC 1912 2.1)"),
    ("mesgtoobig", "", Stage.DATA, "552 message size exceeds maximum permitted"),
    ("contenterror", "", Stage.DATA, "550 Message headers fail syntax check"),
    ("policyviolation", "", Stage.RCPT, "554 no smtp transaction; too many bad recipients"),
    ("norelaying", "5.7.1", Stage.RCPT,
     "550 5.7.1 <ann@example.net>... Relaying denied. Proper authentication required."),
    ("rejected", "5.1.8", Stage.MAIL,
     "553 5.1.8 <it@example.com>... Domain of sender address it@example.com does not exist"),
    ("requireptr", "5.7.1", Stage.RCPT, "550 5.7.1 Fix reverse DNS for 192.0.2.1"),
    ("rejected", "5.7.1", Stage.MAIL, "550 5.7.1 Access denied"),
    ("suspend", "5.2.1", Stage.RCPT, "550 5.2.1 <ann@example.net>... Mailbox disabled for this recipient"),
    ("blocked", "5.3.0", Stage.RCPT,
     "553 5.3.0 <ann@example.net>... Spam blocked see: http://spamcop.net/bl.shtml?192.0.2.1"),
    ("hasmoved", "5.1.6", Stage.RCPT, "551 5.1.6 User has moved; please try bob@example.net"),
    ("policyviolation", "4.7.1", Stage.RCPT, "451 4.7.1 Greylisting in action, please come back in 00:05:00"),
    ("systemfull", "4.4.5", Stage.MAIL, "452 4.4.5 Insufficient disk space, come back"),
    ("notaccept", "5.5.0", Stage.NONE, "554 5.5.0 Domain example.net does not accept mail"),
    ("toomanyconn", "4.2.1", Stage.CONNECT, "421 4.3.2 Connection rate limit exceeded."),
    ("mailboxfull", "5.0.0", Stage.NONE, "Can't create output: Disc quota exceeded"),
    ("systemerror", "5.3.5", Stage.NONE, "553 5.3.5 system config error"),
    ("contenterror", "5.6.1", Stage.DATA, "554 5.6.1 Body type not supported by Remote Host"),
    ("rejected", "", Stage.MAIL, "553 sorry, your envelope sender domain must exist (#5.7.1)"),
    ("rejected", "5.7.1", Stage.RCPT, "553 5.7.1 sorry, your mail was administratively denied"),
    ("userunknown", "", Stage.RCPT, "550 sorry, no mailbox here by that name. (#5.1.1 - chkuser)"),
    ("filtered", "", Stage.RCPT, "571 sorry, sender is not on the recipient's guest list (#5.7.1)"),
    ("userunknown", "", Stage.RCPT, "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)"),
    ("rejected", "", Stage.DATA, "554 mail server permanently rejected message (#5.3.0)"),
    ("systemerror", "", Stage.DATA, "451 qq temporary problem (#4.3.0)"),
    ("mesgtoobig", "", Stage.DATA, "552 sorry, that message size exceeds my databytes limit (#5.3.4)"),
    ("userunknown", "", Stage.RCPT, "550 5.1.1 <ann@example.net> Recipient not found. http://x.co/irbounce"),
    ("blocked", "", Stage.CONNECT,
     "554 p3plibsmtp01 bizsmtp Connection rejected, 192.0.2.1 is listed on the Exploits Block List. IB108"),
    ("userunknown", "5.1.1", Stage.RCPT, "550 5.1.1 Not our Customer"),
    ("blocked", "5.7.1", Stage.CONNECT,
     "554 resimta-po-01v.sys.comcast.net comcast 192.0.2.1 found on one or more DNSBLs, see "
     "http://postmaster.comcast.net/smtp-error-codes.php#BL000001"),
    ("requireptr", "", Stage.CONNECT, "421 impin001 cox 192.0.2.1 DNS check failure - try again later CXDNS"),
    ("toomanyconn", "", Stage.CONNECT, "554 cox too many sessions from 192.0.2.1 CXCNCT"),
    ("requireptr", "5.7.1", Stage.CONNECT,
     "550 5.7.1 Connections not accepted from servers without a valid sender domain.flph420 Fix reverse "
     "DNS for 192.0.2.1"),
    ("blocked", "", Stage.CONNECT,
     "553 5.3.0 flpd578 DNSBL:RBL 521< 192.0.2.1 >_is_blocked.For assistance forward this error to "
     "abuse_rbl@abuse-att.net"),
    ("suspend", "5.2.0", Stage.RCPT, "550 5.2.0 Account closed"),
    ("suspend", "", Stage.RCPT,
     "550 [SUSPEND] Mailbox currently suspended - Please contact correspondance_team@daum.net"),
    ("blocked", "", Stage.RCPT, "550 5.7.1 Recipient not authorized, your IP has been found on a block list"),
    ("policyviolation", "", Stage.RCPT, "550 Please turn on SMTP Authentication in your mail client."),
)  # fmt: skip


@pytest.mark.parametrize(("wanted", "status", "stage", "said"), ANSWERS, ids=[one[3][:60] for one in ANSWERS])
def test_the_answer_of_a_server_gets_its_reason(wanted: str, status: str, stage: Stage, said: str) -> None:
    assert reason_of(Evidence(status=status, said=said, more=said, stage=stage, action="failed")) == wanted


def test_the_words_of_an_address_are_nobodys_words() -> None:
    said = "550 5.1.1 <spam.quota@virus.example.net>: user unknown"
    assert reason_of(Evidence(status="5.1.1", said=said, stage=Stage.RCPT)) == "userunknown"


UNKNOWN = "550 user unknown"


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [(Stage.RCPT, "userunknown"), (Stage.DATA, "filtered"), (Stage.MAIL, "rejected"), (Stage.CONNECT, "blocked")],
)
def test_the_same_words_mean_another_thing_at_another_step(stage: Stage, wanted: str) -> None:
    assert reason_of(Evidence(said=UNKNOWN, stage=stage)) == wanted


TRANSCRIPT = "... while talking to mx.example.net.:\n>>> {}\n<<< 550 refused\n>>> QUIT\n<<< 421 bye\n"
STEPS = (
    ("<ann@example.net>: host mx said: 550 no (in reply to RCPT TO command)", Stage.RCPT),
    ("<ann@example.net>: host mx said: 550 no (in reply to end of DATA command)", Stage.DATA),
    ("<ann@example.net>: host mx refused to talk to me: 554 no", Stage.CONNECT),
    ("  ann@example.net\n    SMTP error from remote mail server after MAIL FROM:<it@example.com>:\n    550 no", Stage.MAIL),
    ("  ann@example.net\n    SMTP error from remote mail server after initial connection:\n    550 no", Stage.CONNECT),
    ("  ann@example.net\n    SMTP error from remote mail server after pipelined RCPT TO:<ann@example.net>:\n    550 no",
     Stage.RCPT),
    (TRANSCRIPT.format("RCPT To:<ann@example.net>"), Stage.RCPT),
    (TRANSCRIPT.format("MAIL From:<it@example.com>"), Stage.MAIL),
    (TRANSCRIPT.format("DATA"), Stage.DATA),
    (TRANSCRIPT.format("EHLO desk.example.com"), Stage.CONNECT),
    ("... while talking to mx.example.net.:\n<<< 554 go\n", Stage.CONNECT),
    ("<ann@example.net>:\n192.0.2.2 does not like recipient.", Stage.RCPT),
    ("<ann@example.net>:\n192.0.2.2 failed after I sent the message.", Stage.DATA),
    ("<ann@example.net>:\nRemote host said: 550 no [RCPT_TO]", Stage.RCPT),
    ("mx.example.net [192.0.2.2] did not like our RCPT TO:\n550 no", Stage.RCPT),
    ("ann@example.net: 550 no", Stage.NONE),
    ("", Stage.NONE),
)  # fmt: skip


@pytest.mark.parametrize(("report", "wanted"), STEPS)
def test_the_step_is_read_from_the_report(report: str, wanted: Stage) -> None:
    assert stage_of(report, "ann@example.net", "550 no") is wanted


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("Failed after initial connection", Stage.CONNECT),
        ("Remote host said: 550, failed after I sent the message.", Stage.DATA),
        ("in reply to end of DATA command", Stage.DATA),
        ("after pipelined RCPT TO", Stage.RCPT),
        ("data that followed after lunch", Stage.NONE),
    ],
)
def test_the_step_is_told_by_the_words_that_programs_use(words: str, stage: Stage) -> None:
    assert stage_of("", "", words) is stage
