"""``python -m gateway``: the same as the `deskgate` command."""

from gateway.cli import main

main()
