"""Senders checked by ourselves (SPF, DKIM, DMARC, ARC), for sites that take port 25 directly.  Needs the extra `auth`."""
