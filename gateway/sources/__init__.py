"""Where mail comes from: SMTP, LMTP, a pipe.  Each hands `Accepted` to the durable inbox and answers only then."""
