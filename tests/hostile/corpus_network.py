"""Connections, all to listeners of the test's own on 127.0.0.1 or in its folder."""

from __future__ import annotations

from hostile_entry import REACH, Entry, breach

from nnlab.grading.jobs import Level

ENTRIES: list[Entry] = [
    breach(
        "tcp",
        "Asks a server for the answer over TCP.",
        """
        import socket
        with socket.create_connection(("127.0.0.1", TCP), timeout=1) as line:
            line.sendall(b"answer?")
            DONE = True
        """,
    ),
    breach(
        "tcp-low-level",
        "Uses the C module behind socket.",
        """
        import _socket
        line = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        line.settimeout(1)
        line.connect(("127.0.0.1", TCP))
        DONE = True
        """,
    ),
    breach(
        "tcp-by-system-call",
        "Connects with connect(2), past the interpreter.",
        REACH
        + """
import struct
number = call("socket", 2, 1, 0)
place = struct.pack("=H", 2) + struct.pack("!H", TCP) + bytes([127, 0, 0, 1]) + bytes(8)
DONE = number >= 0 and call("connect", number, place, 16) == 0
""",
        Level.LANDLOCK,
    ),
    breach(
        "udp",
        "Sends the hidden inputs away in a datagram.",
        """
        import socket
        DONE = socket.socket(type=socket.SOCK_DGRAM).sendto(b"inputs", ("127.0.0.1", UDP)) > 0
        """,
    ),
    breach(
        "udp-by-system-call",
        "Sends a datagram with sendto(2), past the interpreter.",
        REACH
        + """
import struct
number = call("socket", 2, 2, 0)
place = struct.pack("=H", 2) + struct.pack("!H", UDP) + bytes([127, 0, 0, 1]) + bytes(8)
DONE = number >= 0 and call("sendto", number, b"inputs", 6, 0, place, 16) == 6
""",
        Level.LANDLOCK,
    ),
    breach(
        "name-lookup",
        "Sends a question for a name to a name server, as data would leave a guarded network.",
        """
        import socket, struct
        question = struct.pack("!6H", 7, 256, 1, 0, 0, 0) + b"\\x06inputs\\x04leak\\x00"
        question += struct.pack("!2H", 1, 1)
        line = socket.socket(type=socket.SOCK_DGRAM)
        line.connect(("127.0.0.1", UDP))
        DONE = line.send(question) > 0
        """,
    ),
    breach(
        "unix-socket",
        "Connects to a Unix socket, as that of a container service.",
        """
        import socket
        line = socket.socket(socket.AF_UNIX)
        line.connect(UNIX)
        DONE = True
        """,
    ),
    breach(
        "unix-socket-by-system-call",
        "Connects to a Unix socket, past the interpreter.",
        REACH
        + """
import struct
number = call("socket", 1, 1, 0)
place = struct.pack("=H", 1) + UNIX.encode() + b"\\0"
DONE = number >= 0 and call("connect", number, place, len(place)) == 0
""",
        Level.LANDLOCK,
    ),
    breach(
        "http",
        "Fetches the solution over HTTP with the standard library.",
        """
        import urllib.request
        urllib.request.urlopen("http://127.0.0.1:%d/solution" % TCP, timeout=1)
        DONE = True
        """,
    ),
    breach(
        "server",
        "Listens on a port of its own for somebody to talk to.",
        """
        import socket
        line = socket.socket()
        line.bind(("127.0.0.1", 0))
        line.listen()
        DONE = bool(line.getsockname()[1]) and socket.create_connection(line.getsockname(), 1)
        """,
        Level.LANDLOCK,
    ),
]
