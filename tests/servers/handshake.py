"""Tells when a MySQL or MariaDB server answers, without a driver."""

import socket

PROTOCOL = 10  # the fifth byte of the greeting: three of length, one of sequence, the version


def greets(port: int) -> bool:
    """Tell whether a server sends its greeting; an open port alone comes too early."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.settimeout(1)
            head = connection.recv(5)
    except OSError:
        return False
    return len(head) == 5 and head[4] == PROTOCOL
