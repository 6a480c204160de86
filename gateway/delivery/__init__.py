"""Where mail goes: a Maildir or a smarthost.  At least once, always with the same bytes and Message-ID."""
