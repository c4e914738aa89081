"""The simulated exchange listens on loopback alone."""

import socket

import pytest

from tests.processes.programs import exchange_process

LISTENING = "0A"


def test_the_exchange_listens_on_loopback_alone() -> None:
    """No listening socket on its port has another address than 127.0.0.1."""
    with exchange_process() as exchange:
        port = int(exchange.url.rpartition(":")[2])
        assert _listening(port) == {"127.0.0.1"}


def _listening(port: int) -> set[str]:
    """Addresses that listen on the port, as the kernel lists them (Linux: proc(5), net/tcp)."""
    rows = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as listed:
                rows += [line.split() for line in listed.readlines()[1:]]
        except OSError:
            pytest.skip(f"{table} cannot be read here")
    wanted = [row[1].split(":") for row in rows if row[3] == LISTENING]
    return {_address(address) for address, found in wanted if int(found, 16) == port}


def _address(words: str) -> str:
    raw = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
