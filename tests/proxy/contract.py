"""Toxiproxy's API: paths, statuses, texts and bytes as its clients compare them.
usage: contract.py PROOFLOAD SOURCE"""
import json
import socket
import sys

import rig
from rig import check

TEXT = "text/plain; charset=utf-8"


def refused(proxy, method, path, body, status, text, kind=TEXT):
    got, headers, answer = proxy.raw(method, path, body)
    check(got == status and headers["Content-Type"] == kind, f"{method} {path} {body} is refused", got, answer)
    check(json.loads(answer)["error"] == text, f"the words are {text!r}", answer)
    check(json.loads(answer)["status"] == status, "the body names the status", answer)


def proxies(proxy, echo):
    status, headers, body = proxy.raw("GET", "/version")
    check(status == 200 and body.startswith(b'{"version": "') and body.endswith(b'"}\n'), "the version's bytes", body)
    check([int(part) for part in json.loads(body)["version"].split(".")[:2]] >= [2, 6], "clients use PATCH", body)
    check(headers["Content-Type"] == "application/json;charset=utf-8", "its type", headers)
    check(proxy.raw("GET", "/proxies")[2] == b"{}", "no proxies", )
    upstream = f"127.0.0.1:{echo.port}"
    status, headers, body = proxy.raw("POST", "/proxies", json.dumps({"name": "a<b", "listen": "localhost:0",
                                                                      "upstream": upstream, "unknown": 1}))
    listen = json.loads(body)["listen"]
    check(status == 201 and headers["Content-Type"] == "application/json", "created", status, headers)
    check(body == b'{"name":"a\\u003cb","listen":"%s","upstream":"%s","enabled":true,"toxics":[]}' %
          (listen.encode(), upstream.encode()), "compact, in Go's order and escapes", body)
    check(listen.startswith("127.0.0.1:") and not listen.endswith(":0"), "the listen address is resolved", listen)
    check("X-Toxiproxy-Request-Id" in headers, "each answer has an id", headers)
    check(proxy.ask("GET", "/proxies/a%3Cb")["name"] == "a<b", "names are decoded")
    lines = proxy.raw("POST", "/proxies", json.dumps({"name": "l\u2028\u2029", "listen": "127.0.0.1:0", "upstream": "x:1"}))
    check(lines[0] == 201 and lines[2].startswith(b'{"name":"l\\u2028\\u2029",'), "what ends a line of a script too", lines)
    proxy.ask("DELETE", "/proxies/l%E2%80%A8%E2%80%A9", status=204)
    refused(proxy, "POST", "/proxies", json.dumps({"name": "a<b", "upstream": "x:1"}), 409, "proxy already exists")
    refused(proxy, "POST", "/proxies", json.dumps({"upstream": "x:1"}), 400, "missing required field: name")
    refused(proxy, "POST", "/proxies", json.dumps({"name": "x"}), 400, "missing required field: upstream")
    refused(proxy, "POST", "/proxies", "", 400, "bad request body: EOF")
    refused(proxy, "POST", "/proxies", " \n", 400, "bad request body: EOF")
    refused(proxy, "POST", "/proxies", "{", 400, "bad request body: not JSON at byte 2")
    # As Go's decoder has it: null is an object without fields, what follows the first value is not read, and U+FFFD
    # stands for what is no Unicode.
    refused(proxy, "POST", "/proxies", "null", 400, "missing required field: name")
    refused(proxy, "POST", "/populate", "[null]", 400, "missing required field: name at proxy 1", "application/json")
    refused(proxy, "POST", "/proxies/a%3Cb/toxics", "null", 400, "invalid toxic type")
    check(proxy.raw("PATCH", "/proxies/a%3Cb", "null")[::2] == (200, body), "null changes nothing")
    check(proxy.raw("PATCH", "/proxies/a%3Cb", "{} trailing")[::2] == (200, body), "nor does what follows")
    for name in (b"odd\xff", b"odd\\udc00"):
        odd = proxy.raw("POST", "/proxies", b'{"name":"%s","listen":"127.0.0.1:0","upstream":"x:1"}' % name)
        check(odd[0] == 201 and json.loads(odd[2])["name"] == "odd\ufffd", "no Unicode", name, odd[2])
        proxy.ask("DELETE", "/proxies/odd%EF%BF%BD", status=204)
    refused(proxy, "POST", "/proxies", json.dumps({"name": "x", "upstream": "x:1", "listen": listen}), 500,
            f"listen tcp {listen}: bind: address already in use")
    refused(proxy, "POST", "/proxies", json.dumps({"name": "x", "upstream": "x:1", "listen": "nowhere"}), 500,
            "listen tcp: address nowhere: missing port in address")
    refused(proxy, "POST", "/proxies", json.dumps({"name": "x", "upstream": "x:1", "listen": ":no-such-port"}), 500,
            "listen tcp: lookup tcp/no-such-port: unknown port")
    refused(proxy, "POST", "/proxies", json.dumps({"name": "x", "upstream": "x:1", "listen": ":99999"}), 500,
            "listen tcp: address :99999: invalid port")
    check(list(proxy.ask("GET", "/proxies")) == ["a<b"], "nothing is left of what was refused")
    refused(proxy, "GET", "/proxies/none", None, 404, "proxy not found")
    refused(proxy, "DELETE", "/proxies/none", None, 404, "proxy not found")
    anywhere = proxy.ask("POST", "/proxies", {"name": "anywhere", "listen": "", "upstream": upstream}, 201)
    with rig.join(int(anywhere["listen"].rsplit(":", 1)[1])) as client:
        client.sendall(b"x")
        check(rig.hear(client) == b"x", "an empty listen address means every address")
    proxy.ask("DELETE", "/proxies/anywhere", status=204)
    # In Go the unspecified address of one family is that of both, and a port may be left out.
    for asked in ("0.0.0.0:0", "127.0.0.1:"):
        given = proxy.ask("POST", "/proxies", {"name": "given", "listen": asked, "upstream": upstream}, 201)["listen"]
        check(given.startswith("[::]:" if asked.startswith("0") else "127.0.0.1:"), "as Go listens", asked, given)
        with rig.join(int(given.rsplit(":", 1)[1])) as client:
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "and it is reached", asked)
        proxy.ask("DELETE", "/proxies/given", status=204)
    return int(listen.rsplit(":", 1)[1])


def updates(proxy, port):
    with rig.join(port) as client:
        client.sendall(b"one")
        check(rig.hear(client) == b"one", "it carries bytes")
        # The same address in other words: nothing is restarted.
        proxy.ask("PATCH", "/proxies/a%3Cb", {"listen": f"localhost:{port}", "enabled": True})
        client.sendall(b"two")
        check(rig.hear(client) == b"two", "an equivalent address keeps the connections")
        answer = proxy.ask("POST", "/proxies/a%3Cb", {"enabled": False})
        check(answer["enabled"] is False and rig.hear(client) in (b"", "reset"), "disabling closes", answer)
    try:
        rig.join(port).close()
        check(False, "a disabled proxy refuses")
    except ConnectionRefusedError:
        pass
    proxy.ask("POST", "/reset", status=204)
    check(proxy.ask("GET", "/proxies/a%3Cb")["enabled"], "reset enables")


def toxics(proxy):
    path = "/proxies/a%3Cb/toxics"
    body = json.dumps({"type": "latency", "stream": "UpStream", "attributes": {"latency": 5, "unknown": "x"}})
    status, _, answer = proxy.raw("POST", path, body)
    check(status == 200 and answer == b'{"attributes":{"latency":5,"jitter":0},"name":"latency_UpStream",'
          b'"type":"latency","stream":"UpStream","toxicity":1}', "a toxic, defaults filled in", status, answer)
    slow = proxy.ask("POST", path, {"type": "bandwidth", "name": "slow", "attributes": {"rate": 7}})
    check(slow["attributes"] == {"rate": 7}, "what only this proxy has is not told while it is not in use", slow)
    proxy.ask("DELETE", path + "/slow", status=204)
    proxy.toxic("a%3Cb", "noop", name="last")
    proxy.toxic("a%3Cb", "noop", name="first", stream="upstream", toxicity=0.5)
    names = [toxic["name"] for toxic in proxy.ask("GET", path)]
    check(names == ["latency_UpStream", "first", "last"], "the upstream chain first, in order of addition", names)
    refused(proxy, "POST", path, json.dumps({"type": "noop", "name": "last"}), 409, "toxic already exists")
    refused(proxy, "POST", path, json.dumps({"type": "nothing"}), 400, "invalid toxic type")
    refused(proxy, "POST", path, json.dumps({"type": "noop", "stream": "side"}), 400,
            "stream was invalid, can be either upstream or downstream")
    for wrong in ("x", 1.5, -1):
        status, _, answer = proxy.raw("POST", path, json.dumps({"type": "latency", "name": "w", "attributes": {"jitter": wrong}}))
        check(status == 400 and b"bad request body: " in answer, "numbers are whole and in range", wrong, answer)
    refused(proxy, "GET", path + "/none", None, 404, "toxic not found")
    refused(proxy, "POST", path + "/none", "{}", 404, "toxic not found")
    changed = proxy.ask("PATCH", path + "/latency_UpStream", {"attributes": {"jitter": 3}, "toxicity": 0.25, "name": "x"})
    check(changed["attributes"] == {"latency": 5, "jitter": 3} and changed["toxicity"] == 0.25, "updates merge", changed)
    check(changed["name"] == "latency_UpStream", "the name stays", changed)
    for sent, told in (("0.123456789012", b"0.123456789012"), ("1e-7", b"1e-7"), ("1e21", b"1e+21"), ("0.50", b"0.5")):
        answer = proxy.raw("PATCH", path + "/last", '{"toxicity":%s}' % sent)[2]
        check(b'"toxicity":%s}' % told in answer, "a number comes back as it was, as Go writes it", sent, answer)
    proxy.ask("DELETE", path + "/last", status=204)
    refused(proxy, "DELETE", path + "/last", None, 404, "toxic not found")
    proxy.ask("POST", "/reset", status=204)
    check(proxy.ask("GET", path) == [], "reset takes all toxics away")


def populate(proxy, echo):
    upstream = f"127.0.0.1:{echo.port}"
    made = proxy.ask("POST", "/populate", [{"name": "p", "listen": "127.0.0.1:0", "upstream": upstream}], 201)
    listen = made["proxies"][0]["listen"]
    proxy.toxic("p", "latency", {"latency": 1})
    same = proxy.ask("POST", "/populate", [{"name": "p", "listen": listen, "upstream": upstream}], 201)
    check(len(same["proxies"][0]["toxics"]) == 1, "the same place keeps its toxics", same)
    other = proxy.ask("POST", "/populate", [{"name": "p", "listen": "127.0.0.1:0", "upstream": upstream}], 201)
    check(other["proxies"][0]["toxics"] == [] and other["proxies"][0]["listen"] != listen, "port 0 is replaced", other)
    off = {"name": "off", "listen": "127.0.0.1:0", "upstream": upstream, "enabled": False}
    proxy.ask("POST", "/populate", [off], 201)
    proxy.toxic("off", "noop")
    other = proxy.ask("POST", "/populate", [{**off, "enabled": True}], 201)["proxies"][0]
    check(other["enabled"] and other["toxics"] == [], "also where it is disabled", other)
    refused(proxy, "POST", "/populate", json.dumps([{"name": "q", "upstream": "x:1"}, {"upstream": "x:1"}]), 400,
            "missing required field: name at proxy 2", "application/json")
    status, _, body = proxy.raw("POST", "/populate", "{")
    check(status == 400 and body.endswith(b'"status":400,"proxies":null}'), "nothing was made", body)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = "127.0.0.1:%d" % taken.getsockname()[1]
        status, _, body = proxy.raw("POST", "/populate", json.dumps(
            [{"name": "good", "listen": "127.0.0.1:0", "upstream": upstream}, {"name": "bad", "listen": at, "upstream": upstream}]))
        check(status == 500 and [one["name"] for one in json.loads(body)["proxies"]] == ["good"], "those so far", body)
    one = {"name": "twice", "listen": "127.0.0.1:0", "upstream": upstream}
    refused(proxy, "POST", "/populate", json.dumps([one, one]), 400,
            'bad request body: duplicate proxy name "twice" at proxy 2', "application/json")
    refused(proxy, "GET", "/proxies/twice", None, 404, "proxy not found")
    check(proxy.raw("POST", "/populate", "null")[::2] == (201, b'{"proxies":null}'), "null is no list, as in Go")
    given = proxy.ask("POST", "/populate", [{"name": "t", "listen": "127.0.0.1:0", "upstream": upstream,
                                             "toxics": [{"type": "latency", "attributes": {"latency": 7}}]}], 201)
    check(given["proxies"][0]["toxics"][0]["attributes"]["latency"] == 7, "toxics come with it", given)


def clients(proxy, echo):
    """Requests as the clients for Go, Ruby, Java, Rust, .NET and PHP are known to send them."""
    upstream = f"127.0.0.1:{echo.port}"

    def sent(method, path, body, status, **headers):
        got, _, answer = proxy.raw(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        check(got == status, f"{method} {path} {body} {headers} is answered with {status}", got, answer)
        return json.loads(answer) if answer else None

    # Go writes all fields of a proxy, those it does not know too, and no name where it leaves that to the server.
    go = {"User_Agent": "toxiproxy-cli/v2.12.0 (linux/amd64)", "Content_Type": "application/json"}
    proxy_as_go = {"name": "go", "listen": "localhost:0", "upstream": upstream, "enabled": True, "toxics": None}
    made = sent("POST", "/proxies", json.dumps(proxy_as_go), 201, **go)
    toxic = sent("POST", "/proxies/go/toxics", json.dumps(
        {"name": "", "type": "latency", "toxicity": 1, "attributes": {"latency": 7}}), 200, **go)
    check(toxic["name"] == "latency_downstream", "an empty name is none", toxic)
    sent("PATCH", "/proxies/go/toxics/latency_downstream", '{"attributes":{"jitter":1},"toxicity":0.5}', 200, **go)
    sent("PATCH", "/proxies/go", json.dumps({**made, "toxics": [toxic], "enabled": False}), 200, **go)
    sent("PATCH", "/proxies/go", json.dumps({**made, "toxics": [toxic], "enabled": True}), 200, **go)
    # Neither Go's null nor Rust's empty list takes away the toxics of a proxy that stays where it is.
    for none in (None, []):
        same = {**proxy_as_go, "listen": made["listen"], "toxics": none}
        kept = sent("POST", "/populate", json.dumps([same]), 201, **go)["proxies"][0]["toxics"]
        check([one["name"] for one in kept] == ["latency_downstream"], "populate keeps them", none, kept)
    sent("DELETE", "/proxies/go/toxics/latency_downstream", None, 204, **go)
    # Ruby's Net::HTTP names a form's type whatever it sends; a POST without body has no length or a length of 0.
    ruby = {"User_Agent": "Ruby", "Content_Type": "application/x-www-form-urlencoded",
            "Accept_Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"}
    sent("POST", "/proxies/go", '{"enabled":false}', 200, **ruby)
    sent("POST", "/reset", "", 204, **ruby)
    check(proxy.ask("GET", "/proxies/go")["enabled"], "it is up again")
    # Java adds and updates toxics by POST, and reads what it gets back.
    java = {"User_Agent": "Java/17.0.2", "Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}
    sent("POST", "/proxies/go/toxics", '{"name":"slow","type":"slicer","stream":"UPSTREAM","toxicity":1.0,"attributes":'
         '{"average_size":10,"size_variation":0,"delay":5}}', 200, **java)
    changed = sent("POST", "/proxies/go/toxics/slow", '{"attributes":{"delay":6},"toxicity":0.25}', 200, **java)
    check(changed["attributes"]["delay"] == 6 and changed["stream"] == "UPSTREAM", "as it was sent", changed)
    sent("DELETE", "/proxies/go/toxics/slow", "", 204, **java)
    # .NET names fields in its own case, which Go takes; PHP escapes slashes.
    sent("POST", "/proxies", json.dumps({"Name": "net", "Listen": "127.0.0.1:0", "Upstream": upstream, "Enabled": True}),
         201, Content_Type="application/json; charset=utf-8")
    toxic = sent("POST", "/proxies/net/toxics", json.dumps({"Name": "late", "Type": "latency", "Stream": "downstream",
                                                            "Attributes": {"Latency": 9, "jitter": 2}}), 200)
    check(toxic["attributes"] == {"latency": 9, "jitter": 2}, "attributes too", toxic)
    sent("POST", "/proxies", '{"name":"p\\/q","upstream":"%s","listen":"127.0.0.1:0"}' % upstream, 201,
         User_Agent="GuzzleHttp/7")
    sent("DELETE", "/proxies/p%2Fq", None, 204)


def bounds(proxy):
    for headers in ({"User-Agent": "Mozilla/5.0"}, {"Origin": "http://example.com"}, {"Sec-Fetch-Site": "cross-site"}):
        status, _, body = proxy.raw("POST", "/reset", None, headers)
        check(status == 403, "what a web page can send is refused", headers, body)
    status, headers, body = proxy.raw("GET", "/nowhere")
    check((status, body) == (404, b"404 page not found\n"), "unknown path", status, body)
    check(proxy.raw("PUT", "/proxies")[::2] == (405, b""), "wrong method")
    try:
        status = proxy.raw("POST", "/populate", b"[" + b" " * (11 << 20) + b"]")[0]
    except ConnectionError:
        status = 413  # closed before all of it was sent
    check(status == 413, "a body above 10 MiB", status)
    with rig.join(proxy.port) as client:
        client.sendall(b"POST /populate HTTP/1.1\r\nHost: a\r\nContent-Length: 300000000\r\n\r\n")
        check(rig.hear_all(client, 12) == b"HTTP/1.1 413", "one that is announced, before it comes")
    check(proxy.raw("POST", "/populate", b"[" + b" " * (9 << 20) + b"]")[0] == 201, "one below it is read")
    metrics = proxy.raw("GET", "/metrics")[2].decode()
    check('toxiproxy_proxy_received_bytes_total{direction="upstream",' in metrics, "metrics", metrics)
    proxy.ask("POST", "/proxies", {"name": 'two\nlines \\n "quoted"', "listen": "127.0.0.1:0", "upstream": "x:1"}, 201)
    metrics = proxy.raw("GET", "/metrics")[2].decode()
    label = r'proxy="two\nlines \\n \"quoted\""'
    check("proofload_proxy_connections_open{%s} 0\n" % label in metrics and f",{label},upstream" in metrics, "labels", metrics)


def test(work):
    proxy = rig.Proxy(work, "-proxy-metrics", "-runtime-metrics")
    echo = rig.Server(rig.echo)
    port = proxies(proxy, echo)
    updates(proxy, port)
    toxics(proxy)
    populate(proxy, echo)
    clients(proxy, echo)
    bounds(proxy)
    proxy.alive()
    proxy.started.signal(2)
    ended = proxy.started.wait(10)
    check(ended.code == 0 and not ended.err, "Ctrl-C ends it in order", ended)


if __name__ == "__main__":
    sys.exit(rig.main(test))
