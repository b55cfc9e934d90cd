"""HTTP/2 through the faults on HTTP: curl, nghttp and Node's http2 before nginx and Node, in clear and inside TLS.
usage: http2.py PROOFLOAD SOURCE"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import rig
from node_client import node
from rig import check
from tls import Files

BIG = 10 << 20
HERE = pathlib.Path(__file__).resolve().parent
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;
events {{}}
http {{
  access_log off; client_max_body_size 100m;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{ application/json json; }}
  server {{
    listen 127.0.0.1:{clear} http2; listen 127.0.0.1:{secure} ssl http2; listen 127.0.0.1:{old} ssl;
    ssl_certificate {cert}; ssl_certificate_key {key};
    root {folder}/root;
  }}
}}
"""


class Upstreams:
    """nginx with HTTP/2 in clear and inside TLS, and inside TLS without it; Node's http2 server."""

    def __init__(self, work, files, node_path):
        self.clear, self.secure, self.old = (rig.free_port() for _ in range(3))
        folder = work.folder / "nginx"
        (folder / "root").mkdir(parents=True)
        self.big = folder / "root/big"
        self.big.write_bytes(os.urandom(BIG))
        (folder / "root/a.json").write_text('{"a":[1,2]}\n')
        (folder / "root/many.json").write_text('{"a":[1,2]}\n' * 50_000)
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, clear=self.clear, secure=self.secure, old=self.old,
                                       cert=files.cert, key=files.key))
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.nginx = subprocess.Popen([nginx, "-e", "stderr", "-c", str(config)], stderr=open(folder / "err", "w"))
        self.node = subprocess.Popen([node_path, str(HERE / "http2.mjs"), "serve", files.cert, files.key],
                                     stdout=subprocess.PIPE, text=True)
        ports = json.loads(self.node.stdout.readline())
        self.node_clear, self.node_secure = ports["clear"], ports["secure"]
        rig.harness.wait_for(lambda: rig.harness.answers(self.clear), rig.PATIENCE, "nginx listens")

    def close(self):
        for one in (self.nginx, self.node):
            one.terminate()
            one.wait()


def curl(port, path, *args, secure=False, text=True):
    """Exit code, answer with its head, and the words of a failure."""
    how = ["--http2", "-k"] if secure else ["--http2-prior-knowledge"]
    done = subprocess.run(["curl", "-sSi", "--max-time", "15", *how, *args,
                           f"http{'s' if secure else ''}://localhost:{port}{path}"],
                          capture_output=True, timeout=rig.PATIENCE, check=False)
    return done.returncode, done.stdout.decode() if text else done.stdout, done.stderr.decode()


def body_of(answer):
    return answer.split("\r\n\r\n", 1)[1]


def each_fault(proxy, port, secure):
    """What curl sees of each fault on HTTP."""
    def ask(path="/a.json", *args):
        return curl(port, path, *args, secure=secure)

    def through(kind, attributes, *args, path="/a.json"):
        with rig.in_force(proxy, "web", kind, attributes) as effect:
            got = ask(path, *args)
            check(effect()["acted"] == 1, f"{kind} acted once", effect(), got)
        return got

    code, answer, words = ask()
    check(code == 0 and answer.startswith("HTTP/2 200") and body_of(answer) == '{"a":[1,2]}\n', "good at first", answer, words)
    code, answer, words = through("http_status", {"status": 429, "retry_after": 7, "headers": "X-Own: yes", "body": "slow"})
    check(code == 0 and answer.startswith("HTTP/2 429") and "retry-after: 7" in answer and "x-own: yes" in answer and
          body_of(answer) == "slow", "http_status", answer, words)
    code, answer, words = through("http_status", {"status": 503, "method": "POST"}, "--data-binary", "@" + str(HERE / "http2.py"))
    check(code == 0 and answer.startswith("HTTP/2 503"), "of a request with a body", answer, words)
    code, answer, words = through("http_status", {"status": 503}, "--head")
    check(code == 0 and answer.startswith("HTTP/2 503"), "of HEAD", answer, words)
    code, answer, words = through("http_delay", {"head": 300, "between": 10}, "-w", "took %{time_total}")
    check(code == 0 and float(answer.split("took ")[1]) >= 0.3, "http_delay", answer, words)
    code, answer, words = through("http_truncate", {"bytes": 4})
    check(code == 92 and "}" not in answer and "INTERNAL_ERROR" in words, "http_truncate", code, answer, words)
    code, answer, words = through("http_length", {"by": 5})
    check(code in (18, 92), "http_length", code, answer, words)
    code, answer, words = through("http_malformed", {}, "--compressed")
    check(code == 0 and body_of(answer) == '{"a":[1,2  \n', "http_malformed", answer, words)
    code, answer, words = through("http_close", {})
    check(code == 0 and body_of(answer) == '{"a":[1,2]}\n', "http_close", answer, words)
    code, answer, words = through("http_goaway", {})
    check(code == 0 and body_of(answer) == '{"a":[1,2]}\n', "http_goaway", answer, words)
    chat = ("-d", json.dumps({"model": "m", "messages": []}))
    code, answer, words = through("model_error", {"kind": "overloaded"}, *chat, path="/v1/chat/completions")
    check(code == 0 and answer.startswith("HTTP/2 503") and "overloaded" in answer, "model_error", answer, words)
    code, answer, words = ask()
    check(code == 0 and body_of(answer) == '{"a":[1,2]}\n', "good at last", answer, words)


def big_bodies(proxy, port, upstreams, secure):
    """10 MB down and up: with nothing that matches, with a filter that lets all through, and with bodies that are read."""
    for kind, attributes in (("http_status", {"path": "/none"}), ("http_delay", {"head": 1}), ("model_error", {}),
                             ("http_delay", {"head": 0, "between": 1})):
        with rig.in_force(proxy, "web", kind, attributes):
            code, answer, words = curl(port, "/big", secure=secure, text=False)
            check(code == 0 and answer.split(b"\r\n\r\n", 1)[1] == upstreams.big.read_bytes(), f"10 MB down with {kind}", code, words)
    with rig.in_force(proxy, "web", "http_malformed", {}) as effect:
        code, answer, words = curl(port, "/many.json", secure=secure)
        check(code == 0 and body_of(answer) == '{"a":[1,2  \n' * 50_000 and effect()["acted"] == 1, "each bracket is gone", code, words)


def run_node(node_path, work, port, secure, api):
    """Node's http2 client before its server: echoes of 10 MB, concurrent streams, and faults that come and go."""
    done = subprocess.run([node_path, str(HERE / "http2.mjs"), "ask", str(port), "secure" if secure else "clear", api],
                          capture_output=True, text=True, timeout=120, check=False)
    check(done.returncode == 0, "Node is content", done.stdout, done.stderr)
    print(done.stdout)


def nghttp(proxy, port):
    """Several streams of one connection: one is late, one has an end of its own, others go on."""
    with rig.in_force(proxy, "web", "http_delay", {"head": 700, "path": "/a.json"}):
        urls = [f"http://127.0.0.1:{port}{path}" for path in ("/a.json", "/many.json", "/big")]
        done = subprocess.run(["nghttp", "-v", "-n", *urls], capture_output=True, text=True, timeout=rig.PATIENCE, check=True)
        ends = [line.split("stream_id=")[1] for line in done.stdout.splitlines() if "recv DATA" in line and "flags=0x01" in line]
        check(len(ends) == 3 and ends[-1].startswith("13"), "the late one is the last, and all come", ends)
    with rig.in_force(proxy, "web", "http_status", {"status": 500}):
        done = subprocess.run(["nghttp", "-v", "--header-table-size=0", "-p1", f"http://127.0.0.1:{port}/a.json",
                               f"http://127.0.0.1:{port}/b"], capture_output=True, text=True, timeout=rig.PATIENCE, check=True)
        check(done.stdout.count(":status: 500") == 2, "a client without a table for compression", done.stdout)
    with rig.in_force(proxy, "web", "http_goaway", {"error": "enhance_your_calm", "request": "refused"}):
        done = subprocess.run(["nghttp", "-v", f"http://127.0.0.1:{port}/a.json"], capture_output=True, text=True,
                              timeout=rig.PATIENCE, check=False)
        check("recv GOAWAY" in done.stdout and "ENHANCE_YOUR_CALM" in done.stdout, "GOAWAY is seen", done.stdout)


def untouched(proxy):
    """What only begins as HTTP/2 passes as it came, with a fault in force and when it goes."""
    echo = rig.Server(rig.echo)
    port = proxy.create("echo", echo.port, [{"type": "http_status", "name": "one"}])
    for text in (PREFACE + SETTINGS + b"\x00\x00\x05\x00\x00\x00\x00\x00\x00hello and more", PREFACE + b"garbage" * 100,
                 PREFACE[:20] + b"x" * 50, PREFACE + SETTINGS + b"\x00\xff\xff\x01\x04\x00\x00\x00\x01" + b"x" * 70_000):
        with rig.join(port) as client:
            client.sendall(text)
            check(rig.hear_all(client, len(text)) == text, "garbage behind the preface comes back", text[:60])
    with rig.join(port) as client:
        client.sendall(PREFACE + SETTINGS[:5])
        check(rig.hear_all(client, 24) == PREFACE, "the preface goes on")
        proxy.raw("DELETE", "/proxies/echo/toxics/one")
        client.sendall(SETTINGS[5:] + b"anything")
        check(rig.hear_all(client, 17) == SETTINGS + b"anything", "what was kept goes on when the fault is gone")


def inside_tls(proxy, upstreams, node_path, work):
    """The upstream's choice of protocol is the program's."""
    port = proxy.create("web", upstreams.secure, tls={"listen": True, "upstream": {"verify": False}})
    each_fault(proxy, port, True)
    big_bodies(proxy, port, upstreams, True)
    proxy.ask("DELETE", "/proxies/web", status=204)
    port = proxy.create("web", upstreams.node_secure, tls={"listen": True, "upstream": {"verify": False}})
    run_node(node_path, work, port, True, proxy.url)
    proxy.ask("DELETE", "/proxies/web", status=204)
    port = proxy.create("old", upstreams.old, tls={"listen": True, "upstream": {"verify": False}})
    for _ in range(2):
        code, answer, words = curl(port, "/a.json", secure=True)
        check(code == 0 and answer.startswith("HTTP/1.1 200"), "an upstream without HTTP/2", answer, words)


def test(work):
    node_path, files = node(work.source), Files(work.folder)
    upstreams = Upstreams(work, files, node_path)
    with contextlib.closing(upstreams):
        proxy = rig.Proxy(work)
        port = proxy.create("web", upstreams.clear)
        each_fault(proxy, port, False)
        nghttp(proxy, port)
        big_bodies(proxy, port, upstreams, False)
        proxy.ask("DELETE", "/proxies/web", status=204)
        port = proxy.create("web", upstreams.node_clear)
        run_node(node_path, work, port, False, proxy.url)
        proxy.ask("DELETE", "/proxies/web", status=204)
        inside_tls(proxy, upstreams, node_path, work)
        untouched(proxy)
        proxy.alive()


if __name__ == "__main__":
    sys.exit(rig.main(test))
