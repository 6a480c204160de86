"""Logging in without a password: access tokens for mailboxes and the smarthost (OAuth 2.0, RFC 6749).

Start reading at `wiring.py`: one function makes a TokenSource out of the configuration.  A source gives a token that is
valid now (`renewing.py`), asks a provider for a new one in time (`microsoft.py`, `google.py`, `other.py`), and says in
plain words what a person has to do when the provider refuses (`advice.py`).  What `deskgate login` was given lies in a
login file (`keeping.py`).  msal and google-auth are imported only when a mailbox needs them.
"""
