"""Old mail as it lies in files: mbox files, Maildirs, single mails; found, put in order of time, read one by one."""
