"""The addresses on which mail is taken: held by our daemon, free, or in the way of somebody else."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from gateway.config.settings import Listener
from gateway.doctor.database import daemons, opened
from gateway.doctor.findings import Finding, Patient, failed, ok
from store.errors import StoreError

GREETING_SECONDS = 3.0


def findings(patient: Patient) -> Iterator[Finding]:
    """Each door of the configuration."""
    ours = _held_by_us(patient)
    for door in patient.settings.receive:
        yield _door(door, ours)
        if door.tls_cert is not None:
            yield _certificate(door)
    if not patient.settings.receive and not patient.settings.mailboxes:
        yield ok("none", "no door and no mailbox: mail comes by pipe only (deskgate deliver)")


def _held_by_us(patient: Patient) -> set[str]:
    try:
        with opened(patient) as store:
            running = daemons(store, patient) if store is not None else []
    except StoreError:
        return set()
    said = (one.words.get("listeners") for one in running)
    return {str(door) for doors in said if isinstance(doors, list) for door in doors}


def _door(door: Listener, ours: set[str]) -> Finding:
    try:
        infos = socket.getaddrinfo(door.host, door.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in infos:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
    except OSError as problem:
        return _taken(door, ours) if problem.errno == errno.EADDRINUSE else _refused(door, problem)
    return ok(str(door), "the address is free; the daemon can listen there")


def _taken(door: Listener, ours: set[str]) -> Finding:
    if str(door) in ours:
        return ok(str(door), "the running daemon listens there")
    greeting = _greeting(door)
    return failed(
        str(door),
        f"another program listens there{f' and says: {greeting}' if greeting else ''}",
        f"Find it with: ss -ltnp 'sport = :{door.port}'; stop it, or choose another port for Deskgate.",
    )


def _greeting(door: Listener) -> str:
    try:
        with socket.create_connection((door.host, door.port), GREETING_SECONDS) as talk:
            talk.settimeout(GREETING_SECONDS)
            return talk.recv(200).decode("ascii", "replace").strip().splitlines()[0]
    except (OSError, IndexError):
        return ""


def _refused(door: Listener, problem: OSError) -> Finding:
    words = problem.strerror or str(problem)
    if problem.errno == errno.EACCES:
        advice = "Ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit."
        return failed(str(door), f"this user may not listen there: {words}", advice)
    return failed(str(door), f"one cannot listen there: {words}", "Give an address that this machine has (ip address).")


def _certificate(door: Listener) -> Finding:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(str(door.tls_cert), str(door.tls_key or door.tls_cert))
    except (OSError, ssl.SSLError) as problem:
        advice = "Give the chain as tls_cert and its key as tls_key, both readable for the user who runs Deskgate."
        return failed(f"{door} TLS", f"certificate and key cannot be used: {problem}", advice)
    return ok(f"{door} TLS", f"{door.tls_cert} and its key fit together")
