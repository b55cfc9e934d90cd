"""A small PostgreSQL client on sockets, for the worlds: SCRAM-SHA-256, statements with bound values and without. The
server's address comes from PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE."""
import base64
import hashlib
import hmac
import os
import queue
import socket
import struct

MOST = 8    # Connections at a time; who finds none waits.


class Error(Exception):
    """What the server said."""


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


class Connection:
    def __init__(self):
        env = os.environ
        self.socket = socket.create_connection((env["PGHOST"], int(env["PGPORT"])), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        names = text("user") + text(env["PGUSER"]) + text("database") + text(env["PGDATABASE"]) + b"\0"
        self.socket.sendall(struct.pack("!II", len(names) + 8, 3 << 16) + names)
        self.log_in(env["PGPASSWORD"])
        self.answers()

    def read(self):
        kind, size = struct.unpack("!cI", self.file.read(5))
        return kind, self.file.read(size - 4)

    def log_in(self, password):
        """RFC 5802 with SHA-256 and without channel binding."""
        self.read()
        first = "n=,r=" + base64.b64encode(os.urandom(18)).decode()
        hello = ("n,," + first).encode()
        self.socket.sendall(message(b"p", text("SCRAM-SHA-256") + struct.pack("!I", len(hello)) + hello))
        challenge = self.read()[1][4:].decode()
        nonce, salt, rounds = (part[2:] for part in challenge.split(","))
        final = "c=biws,r=" + nonce
        key = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
        client = hmac.digest(key, b"Client Key", "sha256")
        said = ",".join((first, challenge, final)).encode()
        signature = hmac.digest(hashlib.sha256(client).digest(), said, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature))).decode()
        self.socket.sendall(message(b"p", f"{final},p={proof}".encode()))

    def answers(self):
        """Rows up to ReadyForQuery."""
        rows, error = [], None
        while True:
            kind, body = self.read()
            if kind == b"D":
                rows.append(row(body))
            elif kind == b"E":
                error = body.decode(errors="replace").replace("\0", " ")
            elif kind == b"Z":
                if error:
                    raise Error(error)
                return rows

    def query(self, sql, *values):
        """With values by Parse, Bind and Execute, without by a simple query."""
        if not values:
            self.socket.sendall(message(b"Q", text(sql)))
            return self.answers()
        bound = b"".join(struct.pack("!I", len(one)) + one for one in (str(value).encode() for value in values))
        self.socket.sendall(message(b"P", b"\0" + text(sql) + b"\0\0")
                            + message(b"B", b"\0\0\0\0" + struct.pack("!H", len(values)) + bound + b"\0\0")
                            + message(b"E", b"\0\0\0\0\0") + message(b"S"))
        return self.answers()


def row(body):
    cells, at = [], 2
    for _ in range(struct.unpack("!H", body[:2])[0]):
        size = struct.unpack("!i", body[at:at + 4])[0]
        at += 4
        cells.append(None if size < 0 else body[at:at + size].decode())
        at += max(size, 0)
    return cells


class Pool:
    """Connections that threads share."""

    def __init__(self):
        self.idle = queue.Queue()
        for _ in range(MOST):
            self.idle.put(None)

    def query(self, sql, *values):
        connection = self.idle.get()
        try:
            connection = connection or Connection()
            return connection.query(sql, *values)
        except (OSError, struct.error):
            connection = None
            raise
        finally:
            self.idle.put(connection)
