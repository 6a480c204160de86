"""Speak: a decision to words and words to the bytes of a mail.  Pure; knows nothing of the other rooms."""
