"""The listening socket: opening it, and closing it without losing a connection."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Final

BACKLOG: Final = 2048
_SO_ATTACH_FILTER: Final = 26
_FLAGS_OFFSET: Final = 13
_SYN: Final = 0x02
_SYN_ACK: Final = 0x12
_DROP_SYN: Final = (
    # (code, jump if true, jump if false, constant): classic BPF over the TCP header
    (0x30, 0, 0, _FLAGS_OFFSET),  # load the byte of flags
    (0x54, 0, 0, _SYN_ACK),  # keep SYN and ACK
    (0x15, 0, 1, _SYN),  # SYN alone?
    (0x06, 0, 0, 0),  # then drop the segment
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep all of it
)


class CannotListen(Exception):
    """The address cannot be listened on; the message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one.

    Raises:
        CannotListen: the port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as failure:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host}:{port}: {failure.strerror}. "
            "Stop what uses it, or set BACKSTAY_HTTP_PORT."
        ) from failure
    listener.setblocking(False)
    return listener


def address(listener: socket.socket) -> str:
    """The URL at which the socket can be reached from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def refuse_new(listener: socket.socket) -> None:
    """Let no new connection begin, while those that have begun still get through.

    Closing a listening socket resets every connection that waits in its queue. So first a
    filter drops the packets that open connections; what was under way completes and is
    accepted; then the queue is empty and the socket can be closed. A client whose opening
    packet was dropped tries again within a second and is refused, or finds the next
    server. Linux only; elsewhere the short race stays.
    """
    if sys.platform != "linux":
        return
    # Late: for the last moment of a process only.
    import ctypes

    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _DROP_SYN)
    buffer = ctypes.create_string_buffer(program, len(program))
    filter_program = struct.pack("HL", len(_DROP_SYN), ctypes.addressof(buffer))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_program)
