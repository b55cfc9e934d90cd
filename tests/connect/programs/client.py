"""client.py ADDRESS PORT CLOSED_PORT: blocking, timed and asynchronous connects, from several threads."""
import asyncio
import errno
import socket
import sys
import threading

address, port, closed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
failures = []


def exchange(conn):
    banner = conn.recv(6, socket.MSG_WAITALL)
    conn.sendall(b"ping\n")
    if banner != b"hello\n" or conn.recv(5, socket.MSG_WAITALL) != b"ping\n":
        failures.append("exchange")


def blocking():
    for timeout in (None, 5):
        for _ in range(10):
            conn = socket.create_connection((address, port), timeout)
            conn.settimeout(None)
            exchange(conn)
            conn.close()
        try:
            socket.create_connection((address, closed), timeout)
            failures.append("closed port accepted")
        except ConnectionRefusedError:
            pass


async def asynchronous():
    reader, writer = await asyncio.open_connection(address, port)
    if await reader.readexactly(6) != b"hello\n":
        failures.append("asynchronous banner")
    writer.close()
    try:
        await asyncio.open_connection(address, closed)
        failures.append("closed port accepted asynchronously")
    except OSError as error:
        if error.errno != errno.ECONNREFUSED:
            failures.append(repr(error))


threads = [threading.Thread(target=blocking) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
asyncio.run(asynchronous())
print(failures)
sys.exit(1 if failures else 0)
