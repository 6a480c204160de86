"""Mailboxes that are read by IMAP: one thread and one connection for each folder, never stuck and never silent.

`wire` moves bytes, `connection` speaks IMAP, `login` gets in, `fetching` brings mails over, `envelope` finds whom a mail is
for, `keeping` puts them on disk, `after` does what shall be done with them in the mailbox, `folder` is the life of one
folder, `mailboxes` looks after all of them.
"""
