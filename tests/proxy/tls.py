"""TLS on either side of a proxy and the faults on its handshake, before Python's ssl, openssl, curl and Node.
usage: tls.py PROOFLOAD SOURCE"""
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import select
import socket
import ssl
import subprocess
import sys
import threading

import rig
from node_client import node
from rig import check

BIG = 100 << 20


def openssl(*args, text=None):
    return subprocess.run(["openssl", *args], input=text, capture_output=True, timeout=rig.PATIENCE, check=False)


class Files:
    """Certificates of our own: an authority's and a server's."""

    def __init__(self, folder):
        self.folder = folder
        self.cert, self.key, self.other_key = (str(folder / name) for name in ("own.pem", "own.key", "other.key"))
        self.make(self.cert, self.key)
        self.make(str(folder / "other.pem"), self.other_key)

    @staticmethod
    def make(cert, key, names="DNS:localhost,DNS:own.example,IP:127.0.0.1"):
        made = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                       "-out", cert, "-days", "2", "-subj", "/CN=own", "-addext",
                       f"subjectAltName={names}")
        check(made.returncode == 0, "openssl makes a certificate", made.stderr)


class TlsServer(rig.Server):
    """A rig.Server behind TLS; `protocols` are offered by ALPN, `seen` is what clients named."""

    def __init__(self, files, serve, protocols=()):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(files.cert, files.key)
        if protocols:
            self.context.set_alpn_protocols(list(protocols))
        self.seen = []
        self.context.sni_callback = lambda sock, name, context: self.seen.append(name)
        super().__init__(serve)

    def one(self, connection):
        with contextlib.suppress(OSError), self.context.wrap_socket(connection, server_side=True) as inside:
            self.serve(inside)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


def web(files=None):
    """The port of a web server, behind TLS where files are given."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.cert, files.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def trusting(ca, protocols=()):
    context = ssl.create_default_context(cafile=ca)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def join(port, context, name="localhost"):
    return context.wrap_socket(rig.join(port), server_hostname=name, suppress_ragged_eofs=False)


def curl(port, *args, host="localhost"):
    """Exit code, answer and the words of a failure."""
    done = subprocess.run(["curl", "-sS", "--max-time", "10", *args, f"https://{host}:{port}/"], capture_output=True,
                          text=True, timeout=rig.PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


NODE = """
const fs = require("fs"), https = require("https");
const [port, ca] = process.argv.slice(1);
https.get({ host: "localhost", port, ca: fs.readFileSync(ca), family: 4, agent: false, timeout: 1500 }, (answer) => {
  answer.resume().on("end", () => console.log("status " + answer.statusCode));
}).on("timeout", function () { this.destroy(new Error("no answer")); })
  .on("error", (error) => console.log(error.code ?? error.message));
"""


def ask_node(node_path, port, ca):
    done = subprocess.run([node_path, "-e", NODE, str(port), ca], capture_output=True, text=True, timeout=rig.PATIENCE,
                          check=True)
    return done.stdout.strip()


def program_side(proxy, files, ca):
    echo = rig.Server(rig.echo)
    port = proxy.create("secure", echo.port, tls={"listen": True})
    with join(port, trusting(ca)) as client:
        check(client.version() == "TLSv1.3" and client.selected_alpn_protocol() is None, "the newest TLS", client.version())
        client.sendall(b"hello")
        check(rig.hear_all(client, 5) == b"hello", "what was said comes back")
        one = proxy.connections("secure")[0]
        check(one["received"] == {"upstream": 5, "downstream": 5} == one["sent"], "plaintext is counted", one)
    for name in ("127.0.0.1", "localhost"):
        with join(port, trusting(ca), name) as client:
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "each of its names is good", name)
    with join(port, trusting(ca, ("h2", "http/1.1"))) as client:
        check(client.selected_alpn_protocol() == "http/1.1", "what faults can read is chosen")
    with join(port, trusting(ca, ("h2",))) as client:
        check(client.selected_alpn_protocol() == "h2", "or what there is")
    said = openssl("s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", ca, "-verify_return_error", "-quiet", "-tls1_2",
                   "-no_ign_eof", text=b"by openssl\n")
    check(b"Verification: OK" in said.stdout + said.stderr or b"verify return:1" in said.stderr, "openssl trusts it", said)
    own = proxy.create("own", echo.port, tls={"listen": {"certificate": files.cert, "key": files.key}})
    with join(own, trusting(files.cert), "own.example") as client:
        client.sendall(b"mine")
        check(rig.hear_all(client, 4) == b"mine", "with a certificate from a file")
    late = rig.Server(rig.after_fin)
    port = proxy.create("half", late.port, tls={"listen": True})
    half_close(port, ca)
    with rig.join(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        rig.harness.wait_for(lambda: "http request" in proxy.started.err_path.read_text(), rig.PATIENCE, "no TLS is said")
        check(rig.hear(client) == b"", "and the client let go")
    with rig.join(port) as client:
        client.sendall(os.urandom(3000))
        while rig.hear(client) not in (b"", "reset"):
            pass
    with contextlib.closing(rig.join(port)) as client:
        client.shutdown(socket.SHUT_WR)
        check(rig.hear(client) == b"", "a client that goes at once is let go")


def half_close(port, ca):
    """close_notify from the client alone: the reply still comes. Python's ssl cannot, OpenSSL's BIOs can."""
    with rig.join(port) as plain:
        inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        end = trusting(ca).wrap_bio(inside, outside, server_hostname="localhost")

        def step(what, *args):
            while True:
                try:
                    return what(*args)
                except ssl.SSLWantReadError:
                    plain.sendall(outside.read())
                    data = plain.recv(65536)
                    inside.write(data) if data else inside.write_eof()
        step(end.do_handshake)
        end.write(b"backwards")
        plain.sendall(outside.read())
        with contextlib.suppress(ssl.SSLError):
            end.unwrap()
        plain.sendall(outside.read())
        plain.shutdown(socket.SHUT_WR)
        while data := plain.recv(65536):
            inside.write(data)
        inside.write_eof()
        try:
            check(end.read(100) == b"sdrawkcab", "the reply comes behind the client's end")
        except ssl.SSLError as error:
            raise AssertionError(f"the reply comes behind the client's end: {error}") from error


def upstream_side(proxy, files):
    echo = TlsServer(files, rig.echo)
    for tls in ({"upstream": {"ca": files.cert, "name": "own.example"}}, {"upstream": {"verify": False}}):
        port = proxy.create(f"up{len(echo.seen)}", echo.port, tls=tls)
        with rig.join(port) as client:
            client.sendall(b"hello")
            check(rig.hear_all(client, 5) == b"hello", "plain towards the client, TLS towards the upstream")
    check(echo.seen == ["own.example", None], "the name is sent, an address is not", echo.seen)
    port = proxy.create("doubting", echo.port, tls={"upstream": True})
    with rig.join(port) as client:
        check(rig.hear(client) == b"", "an upstream that nobody vouches for is left")
    log = proxy.started.err_path
    rig.harness.wait_for(lambda: "proxy doubting: TLS with the upstream: certificate verify failed: self-signed certificate"
                         in log.read_text(), rig.PATIENCE, "and why")
    # One that speaks no TLS at all, and one that says goodbye without close_notify.
    plain = rig.Server(lambda one: one.sendall(b"220 ready\r\n"))
    plain_port = proxy.create("plain", plain.port, tls={"upstream": True})
    with contextlib.suppress(ConnectionError):  # the reset may come before connect() or send() returns
        with rig.join(plain_port) as client:
            check(rig.hear(client) in (b"", "reset"), "no TLS, no bytes")
    rude = TlsServer(files, lambda one: (one.sendall(b"bye"), socket.socket.shutdown(one, socket.SHUT_RDWR)))
    with rig.join(proxy.create("rude", rude.port, tls={"upstream": {"verify": False}})) as client:
        check(rig.hear_all(client, 10) == b"bye" and rig.hear(client) == b"", "a FIN alone is a FIN")
    asking = TlsServer(files, rig.echo)
    asking.context.verify_mode = ssl.CERT_REQUIRED
    asking.context.load_verify_locations(files.cert)
    known = proxy.create("known", asking.port, tls={"upstream": {"verify": False, "certificate": files.cert, "key": files.key}})
    with rig.join(known) as client:
        client.sendall(b"it is me")
        check(rig.hear_all(client, 8) == b"it is me", "an upstream that asks who connects is shown the certificate")
    stranger = proxy.create("stranger", asking.port, tls={"upstream": {"verify": False}})
    with contextlib.suppress(ConnectionError):  # likewise
        with rig.join(stranger) as client:
            client.sendall(b"it is me")
            check(rig.hear(client) in (b"", "reset"), "without one it takes nothing")
    rig.harness.wait_for(lambda: "proxy stranger: TLS with the upstream: " in log.read_text(), rig.PATIENCE, "and why")


def names_of_protocols(proxy, files, ca):
    chosen = []
    server = TlsServer(files, lambda one: (chosen.append(one.selected_alpn_protocol()), one.sendall(b"x")),
                       ("h2", "http/1.1"))
    port = proxy.create("alpn", server.port, tls={"listen": True, "upstream": {"ca": files.cert}})
    for offered in (("h2", "http/1.1"), ("h2",), ()):
        with join(port, trusting(ca, offered)) as client:
            rig.hear(client)
    check(chosen == ["h2", "h2", None], "the upstream is offered what was chosen", chosen)


def big(proxy, files, ca, name, size, toxics=()):
    """So many bytes there and back through TLS on both sides, and the sum of what the server heard behind them."""
    def serve(one):
        digest, left = hashlib.sha256(), size
        while left:
            data = one.recv(1 << 16)
            if not data:
                return
            digest.update(data)
            left -= len(data)
            one.sendall(data)
        one.sendall(digest.digest())

    server = TlsServer(files, serve)
    port = proxy.create(name, server.port, toxics, tls={"listen": True, "upstream": {"ca": files.cert}})
    block = os.urandom(1 << 20)
    wanted = hashlib.sha256(block * (size >> 20)).digest()
    # Memory BIOs and one loop: Python's ssl sockets are not for two threads.
    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = trusting(ca).wrap_bio(inside, outside, server_hostname="localhost")
    heard, digest, tail, sent, ready = 0, hashlib.sha256(), b"", 0, b""
    with rig.join(port) as plain:
        plain.setblocking(False)
        while heard < size + len(wanted):
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
                if sent < size and len(ready) < 1 << 20:
                    sent += end.write(block)
                while data := end.read(1 << 16):
                    digest.update(data[:max(0, size - heard)])
                    tail += data[max(0, size - heard):]
                    heard += len(data)
            if heard == size + len(wanted):
                break
            ready += outside.read()
            readable, writable, _ = select.select([plain], [plain] if ready else [], [], rig.PATIENCE)
            check(readable or writable, "the transfer goes on", heard, sent)
            if writable:
                ready = ready[plain.send(ready):]
            if readable:
                data = plain.recv(1 << 18)
                check(data, "the transfer comes to its end", heard, sent)
                inside.write(data)
    check(digest.digest() == wanted == tail, f"{size >> 20} MB there and back, unharmed")


def http_inside(proxy, files, ca, node_path):
    port = proxy.create("web", web(files), [{"type": "http_status", "attributes": {"status": 418, "body": "teapot"}}],
                        tls={"listen": True, "upstream": {"ca": files.cert}})
    check(curl(port, "--cacert", ca, "-w", " %{http_code}")[:2] == (0, "teapot 418"), "a fault on HTTP works inside TLS")
    check(ask_node(node_path, port, ca) == "status 418", "for Node too")
    proxy.ask("DELETE", "/proxies/web/toxics/http_status_downstream", status=204)
    check(curl(port, "--cacert", ca)[:2] == (0, "hello"), "until it is gone")


def faults(proxy, ca, node_path):
    port = proxy.create("broken", web(), tls={"listen": True})
    check(ask_node(node_path, port, ca) == "status 200", "good at first")
    for kind, node_says, curl_says in (
            ("expired", "CERT_HAS_EXPIRED", "certificate has expired"),
            ("not_yet_valid", "CERT_NOT_YET_VALID", "certificate is not yet valid"),
            ("wrong_name", "ERR_TLS_CERT_ALTNAME_INVALID", "subject name"),
            ("untrusted", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to get local issuer certificate")):
        rig.harness.wait_for(lambda: not proxy.connections("broken"), rig.PATIENCE, "those before are gone")
        proxy.toxic("broken", "tls_certificate", {"kind": kind})
        check((said := ask_node(node_path, port, ca)) == node_says, f"{kind} for Node", said)
        code, _, words = curl(port, "--cacert", ca)
        check(code == 60 and curl_says in words, f"{kind} for curl", code, words)
        effect = proxy.ask("GET", "/proxies/broken/toxics/tls_certificate_downstream/effect")
        check(effect["acted"] == 2 == effect["connections"], "both were met", effect)
        proxy.ask("DELETE", "/proxies/broken/toxics/tls_certificate_downstream", status=204)
    proxy.toxic("broken", "tls_old")
    check((said := ask_node(node_path, port, ca)) == "EPROTO", "old for Node", said)
    code, _, words = curl(port, "--cacert", ca)
    check(code == 35, "old for curl", code, words)
    said = openssl("s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", "-CAfile", ca)
    check(b"TLSv1.1" in said.stdout, "a client that is as old is served", said)
    proxy.ask("DELETE", "/proxies/broken/toxics/tls_old_downstream", status=204)
    stall(proxy, port, ca, node_path)
    check(curl(port, "--cacert", ca)[:2] == (0, "hello"), "good at last")
    refused = proxy.raw("POST", "/proxies/broken/toxics", json.dumps({"type": "tls_certificate", "attributes": {"kind": "x"}}))
    check(refused[0] == 400 and b"one of expired" in refused[2], "a kind that is none", refused)


def stall(proxy, port, ca, node_path):
    proxy.toxic("broken", "tls_stall")
    check(ask_node(node_path, port, ca) == "no answer", "a stall for Node")
    check(curl(port, "--cacert", ca, "--max-time", "1")[0] == 28, "for curl")
    rig.harness.wait_for(lambda: not proxy.connections("broken"), rig.PATIENCE, "clients that gave up are forgotten")
    proxy.toxic("broken", "timeout", {"timeout": 300})
    with rig.join(port) as plain:
        check(rig.hear(plain) == b"", "a fault that closes closes it too")
    proxy.ask("DELETE", "/proxies/broken/toxics/timeout_downstream", status=204)
    got = []
    with rig.join(port) as plain:
        waiting = threading.Thread(target=lambda: got.append(join_over(plain, ca)))
        waiting.start()
        rig.harness.wait_for(lambda: proxy.connections("broken"), rig.PATIENCE, "one waits")
        proxy.ask("DELETE", "/proxies/broken/toxics/tls_stall_downstream", status=204)
        waiting.join(rig.PATIENCE)
    check(got == ["TLSv1.3"], "it goes on where it waited", got)


def join_over(plain, ca):
    with trusting(ca).wrap_socket(plain, server_hostname="localhost") as inside:
        return inside.version()


def refusals(proxy, files, ca):
    echo = rig.Server(rig.echo)
    none = str(files.folder / "none.pem")
    plain = {"name": "bad", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{echo.port}"}
    for tls, words in (
            (True, "tls must be an object"), ({"listn": True}, "listn"), ({"listen": {"certificate": none}}, "both"),
            ({"listen": {"certificate": none, "key": none}}, f"{none} (No such file"),
            ({"listen": {"certificate": files.cert, "key": files.other_key}}, "is not that of"),
            ({"upstream": {"ca": none}}, f"ca {none}"), ({"upstream": {"verfy": True}}, "verfy")):
        for method, path, body in (("POST", "/proxies", {**plain, "tls": tls}), ("POST", "/populate", [{**plain, "tls": tls}])):
            status, _, answer = proxy.raw(method, path, json.dumps(body))
            text = json.loads(answer)["error"]
            check(status == 400 and words in text and "\n" not in text, "one clear line", tls, status, answer)
        check(proxy.raw("GET", "/proxies/bad")[0] == 404, "and nothing was made")
    port = proxy.create("kept", echo.port)
    check("tls" not in proxy.ask("GET", "/proxies/kept"), "no TLS, no field")
    with rig.join(port) as client:
        client.sendall(b"a")
        rig.hear(client)
        check(proxy.raw("POST", "/proxies/kept", json.dumps({"tls": {"upstream": {"ca": none}}}))[0] == 400, "refused")
        client.sendall(b"b")
        check(rig.hear(client) == b"b", "nothing has changed")
        made = proxy.ask("POST", "/proxies/kept", {"tls": {"listen": True}})
        check(made["tls"] == {"listen": True} and made["listen"] == f"127.0.0.1:{port}", "now with TLS", made)
        check(rig.hear(client) == b"", "the proxy was started again")
    with join(port, trusting(ca)) as client:
        client.sendall(b"c")
        check(rig.hear(client) == b"c", "TLS holds")
        proxy.ask("POST", "/proxies/kept", {"enabled": True, "upstream": plain["upstream"], "listen": f"127.0.0.1:{port}"})
        client.sendall(b"d")
        check(rig.hear(client) == b"d", "who does not know the field changes nothing")
        check("tls" not in proxy.ask("POST", "/proxies/kept", {"tls": False}), "and without")
    with rig.join(port) as client:
        client.sendall(b"plain")
        check(rig.hear_all(client, 5) == b"plain", "again plain")


def populated(proxy, ca):
    echo = rig.Server(rig.echo)
    one = {"name": "filled", "listen": f"127.0.0.1:{rig.free_port()}", "upstream": f"127.0.0.1:{echo.port}"}
    with_tls = {**one, "tls": {"listen": True}}
    proxy.ask("POST", "/populate", [with_tls], 201)
    with join(int(one["listen"].rsplit(":", 1)[1]), trusting(ca)) as client:
        check(proxy.ask("POST", "/populate", [with_tls], 201)["proxies"][0]["tls"] == {"listen": True}, "the same")
        client.sendall(b"x")
        check(rig.hear(client) == b"x", "keeps its connections")
        proxy.toxic("filled", "latency", {"latency": 1})
        kept = proxy.ask("POST", "/populate", [one], 201)["proxies"][0]
        check(kept["tls"] == {"listen": True} and len(kept["toxics"]) == 1, "no word of TLS leaves it as it is", kept)
        client.sendall(b"y")
        check(rig.hear(client) == b"y", "with its connections")
        without = proxy.ask("POST", "/populate", [{**one, "tls": False}], 201)["proxies"][0]
        check("tls" not in without and len(without["toxics"]) == 1, "without TLS it keeps its toxics", without)
        try:
            check(client.recv(1) == b"", "but not its connections")
        except ssl.SSLEOFError:
            pass
    with rig.join(int(one["listen"].rsplit(":", 1)[1])) as client:
        client.sendall(b"z")
        check(rig.hear(client) == b"z", "and listens for others")


def several_upstreams(proxy, files):
    """Each upstream is named, and verified, by its own host."""
    both, servers = files.folder / "both.pem", []
    for name in ("DNS:localhost", "IP:127.0.0.1"):
        one = Files(files.folder)
        one.cert, one.key = (str(files.folder / f"{name[:2]}{part}") for part in (".pem", ".key"))
        one.make(one.cert, one.key, name)
        servers.append(TlsServer(one, lambda inside, name=name: inside.sendall(name.encode())))
        both.write_text((both.read_text() if both.exists() else "") + pathlib.Path(one.cert).read_text())
    host, address = (server.port for server in servers)
    tls = {"upstream": {"ca": str(both)}}
    def hear_four(name, upstream):
        made = proxy.ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": upstream, "tls": tls}, 201)
        heard = []
        for _ in range(4):
            with rig.join(int(made["listen"].rsplit(":", 1)[1])) as client:
                heard.append(rig.hear_all(client, 13)[:3])
        return heard
    heard = hear_four("hosts", f"localhost:{host},127.0.0.1:{address}")
    check(heard == [b"DNS", b"IP:"] * 2, "each by its own", heard)
    check(servers[0].seen == ["localhost"] * 2 and servers[1].seen == [None] * 2, "and named so", servers[0].seen, servers[1].seen)
    heard = hear_four("swapped", f"127.0.0.1:{host},localhost:{address}")
    check(heard == [b""] * 4, "not by the other's", heard)


def needs(proxy, files):
    """What is no regular file is refused, not waited for; so is a fault on a handshake that there is none of."""
    fifo = str(files.folder / "fifo")
    os.mkfifo(fifo)
    for tls in ({"upstream": {"ca": fifo}}, {"listen": {"certificate": fifo, "key": files.key}},
                {"listen": {"certificate": files.cert, "key": fifo}}, {"upstream": {"certificate": files.cert, "key": fifo}},
                {"upstream": {"ca": "/dev/zero"}}):
        body = {"name": "pipe", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", "tls": tls}
        error = proxy.ask("POST", "/proxies", body, 400)["error"]
        check("is no regular file" in error and ("fifo" in error or "zero" in error), "a pipe is refused", error)
    secret = str(files.folder / "secret.key")
    made = openssl("pkcs8", "-topk8", "-in", files.key, "-out", secret, "-passout", "pass:secret", "-v2", "aes-128-cbc")
    check(made.returncode == 0, "openssl encrypts a key", made.stderr)
    body = {"name": "pipe", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}
    error = proxy.ask("POST", "/proxies", {**body, "tls": {"listen": {"certificate": files.cert, "key": secret}}}, 400)["error"]
    check("secret.key is encrypted" in error, "a key that needs a passphrase", error)
    proxy.ask("POST", "/proxies", {**body, "name": "quiet", "tls": {"upstream": {"verify": False}}}, 201)
    for kind in ("tls_certificate", "tls_stall", "tls_old"):
        error = proxy.ask("POST", "/proxies/quiet/toxics", {"type": kind}, 400)["error"]
        check(kind in error and '"listen": true' in error, "it needs a handshake with the program", error)
        proxy.ask("POST", "/proxies", {**body, "toxics": [{"type": kind}]}, 400)
        # Nor can the handshake be taken from such a fault.
        made = proxy.ask("POST", "/proxies", {**body, "name": "shaken", "tls": {"listen": True}, "toxics": [{"type": kind}]}, 201)
        place = {"name": "shaken", "listen": made["listen"], "upstream": made["upstream"]}
        for tls in (False, {"upstream": {"verify": False}}):
            check(proxy.ask("PATCH", "/proxies/shaken", {"tls": tls}, 400)["error"] == error, "in the same words", tls)
            check(proxy.ask("POST", "/populate", [{**place, "tls": tls}], 400)["error"] == error, "by populate too", tls)
            check(proxy.ask("GET", "/proxies/shaken") == made, "nothing has changed")
        plain = proxy.ask("POST", "/populate", [{**place, "tls": False, "toxics": [{"type": "noop"}]}], 201)["proxies"][0]
        check([one["type"] for one in plain["toxics"]] == ["noop"], "where it goes with it, it can", plain)
        proxy.ask("DELETE", "/proxies/shaken", status=204)


def test(work):
    proxy = rig.Proxy(work)
    files = Files(work.folder)
    status, headers, pem = proxy.raw("GET", "/tls/authority")
    check(status == 200 and headers["Content-Type"] == "application/x-pem-file", "the authority is told", status, pem)
    ca = str(work.write("authority.pem", pem.decode()))
    node_path = node(work.source)
    program_side(proxy, files, ca)
    upstream_side(proxy, files)
    names_of_protocols(proxy, files, ca)
    http_inside(proxy, files, ca, node_path)
    faults(proxy, ca, node_path)
    refusals(proxy, files, ca)
    populated(proxy, ca)
    several_upstreams(proxy, files)
    needs(proxy, files)
    big(proxy, files, ca, "big", BIG)
    slices = {"average_size": 700, "size_variation": 600}
    big(proxy, files, ca, "sliced", 4 << 20, [{"type": "slicer", "stream": stream, "attributes": slices}
                                              for stream in ("upstream", "downstream")])
    proxy.alive()
    good = [{"name": "db", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", "tls": {"listen": {"certificate": files.cert, "key": files.other_key}}}]
    rig.harness.one_line(work.run("proxy", "--port", "0", "--config", str(work.write("bad.json", json.dumps(good))), limit=20),
                         2, "bad.json", "is not that of")


if __name__ == "__main__":
    sys.exit(rig.main(test))
