"""The sub-commands of `proofload proxy`, with the original's flags. usage: orders.py PROOFLOAD SOURCE"""
import sys

import rig
from rig import check


def answering(answer):
    """A server that says this to whoever asks, and closes."""
    return rig.Server(lambda one: (one.recv(65536), one.sendall(answer)))


def other_servers(work):
    """What is no proxy with the original's API is said to be none."""
    def said(body, length=None):
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body) if length is None else length, body)

    proxy = b'{"name":"a","listen":"b:1","upstream":"c:2","enabled":true,"toxics":%s}'
    listing, toxic_add = ("list",), ("toxic", "add", "-t", "noop", "x")
    for order, answer, words in (
            (listing, said(b"<html"), ["not JSON"]),
            (listing, said(b"<htm", 5), ["breaks off"]),
            (listing, said(b'{"a"', 100), ["breaks off"]),
            (listing, said(b""), ["GET /proxies"]),
            (listing, said(b"[]"), ["GET /proxies"]),
            (listing, said(b'{"a":1}'), ["GET /proxies"]),
            (listing, said(b'{"a":%s}' % (proxy % b"[1]")), ["GET /proxies"]),
            (listing, b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", ["status 404"]),
            (listing, b"HTTP/1.1 500 Oh\r\nContent-Length: 11\r\n\r\n{\"error\":1}", ["status 500"]),
            (("inspect", "x"), said(b"{}"), ["GET /proxies/x"]),
            (("toggle", "x"), said(b'{"enabled":true}'), ["GET /proxies/x"]),
            (("toggle", "x"), said(b"5"), ["GET /proxies/x"]),
            (("delete", "x"), said(b"{}"), ["DELETE /proxies/x"]),
            (("create", "-l", "a:1", "-u", "b:2", "x"), said(b"[]"), ["POST /proxies"]),
            (toxic_add, said(proxy % b"[]"), ["POST /proxies/x/toxics"]),
            (("toxic", "update", "-n", "y", "x"), said(b"null"), ["GET /proxies/x/toxics/y"]),
            (("toxic", "remove", "-n", "y", "x"), said(b"ok"), ["not JSON"])):
        url = f"http://127.0.0.1:{answering(answer).port}"
        ended = work.run("proxy", *order, env={"TOXIPROXY_URL": url}, limit=20)
        rig.harness.one_line(ended, 2, url, "does not speak Toxiproxy's API", *words)
        check(not ended.out, "nothing is printed", ended)
    for answer, out in ((said(b"{}"), ""), (said(b'{"a":%s}' % (proxy % b"null")), "a\tb:1\tc:2\tenabled\t0\n")):
        url = f"http://127.0.0.1:{answering(answer).port}"
        ended = work.run("proxy", "list", env={"TOXIPROXY_URL": url}, limit=20)
        check(ended.code == 0 and ended.out == out, "any that speaks it is listed", ended)


def test(work):
    proxy = rig.Proxy(work)
    echo = rig.Server(rig.echo)
    env = {"TOXIPROXY_URL": proxy.url}

    def order(*args, code=0):
        ended = work.run("proxy", *args, env=env, limit=20)
        check(ended.code == code, f"{args} ends with {code}", ended)
        return ended.out if code == 0 else ended.err

    check(order("create", "-l", "127.0.0.1:0", "-u", f"127.0.0.1:{echo.port}", "my db") == "Created new proxy my db\n", "create")
    listen = proxy.ask("GET", "/proxies/my%20db")["listen"]
    check(order("list") == f"my db\t{listen}\t127.0.0.1:{echo.port}\tenabled\t0\n", "list", order("list"))
    added = order("toxic", "add", "-t", "latency", "-n", "late", "--toxicity", "0.500000001", "-u", "-a", "latency=100", "-a", "jitter=5", "my db")
    check(added == "Added upstream latency toxic 'late' on proxy 'my db'\n", "add", added)
    # A value takes nothing that stands behind it.
    order("toxic", "add", "-t", "latency", "-n", "between", "-a", "latency=1", "my db", "--port", proxy.url.rsplit(":", 1)[1])
    order("toxic", "remove", "-n", "between", "my db")
    order("toxic", "update", "-n", "late", "-a", "jitter=7", "my db")
    toxic = proxy.ask("GET", "/proxies/my%20db/toxics/late")
    check(toxic["attributes"] == {"latency": 100, "jitter": 7} and toxic["toxicity"] == 0.500000001, "updates merge", toxic)
    check(work.run("proxy", "-version").out.startswith("proofload "), "the version")
    shown = order("inspect", "my db")
    check(shown.startswith("late\t"), "in a pipe the toxics alone", shown)
    check("late\ttype=latency\tstream=upstream\ttoxicity=0.50\tattributes=[\tjitter=7\tlatency=100\t]" in shown, "inspect", shown)
    check("Removed toxic 'late'" in order("toxic", "delete", "-n", "late", "my db"), "delete a toxic")
    order("toxic", "add", "-t", "noop", "my db")
    order("toxic", "remove", "-n", "noop_downstream", "my db")
    check(order("toggle", "my db") == "Proxy my db is now disabled\n", "toggle")
    check(order("toggle", "my db") == "Proxy my db is now enabled\n", "and back")
    check("proxy not found" in order("inspect", "none", code=2), "an unknown proxy")
    check("invalid toxic type" in order("toxic", "add", "-t", "nothing", "my db", code=2), "an unknown toxic")
    check("name=value" in order("toxic", "add", "-t", "latency", "-a", "latency", "my db", code=2), "no value")
    added = order("toxic", "add", "-type", "latency", "-tox", "0.5", "-toxicName", "n", "-attribute", "latency=9", "-upstream", "my db")
    check(added == "Added upstream latency toxic 'n' on proxy 'my db'\n", "long flags with one dash", added)
    toxic = proxy.ask("GET", "/proxies/my%20db/toxics/n")
    check(toxic["attributes"]["latency"] == 9 and toxic["toxicity"] == 0.5, "and their values", toxic)
    added = order("toxic", "add", "-t=latency", "-n=late", "-a=latency=5", "-u=true", "my db")
    check(added == "Added upstream latency toxic 'late' on proxy 'my db'\n", "short flags with their value behind a mark", added)
    order("toxic", "remove", "-n=late", "my db")
    order("create", "-l", "127.0.0.1:0", "-u", f"127.0.0.1:{echo.port}", "--", "-dash")
    order("toxic", "add", "-t", "noop", "--", "-dash")
    check("type=noop" in order("inspect", "--", "-dash"), "a name that begins with a dash")
    check(order("delete", "--", "-dash") == "Deleted proxy -dash\n", "is deleted too")
    check("proxy is required" in order("delete", "--", code=2), "no name at all")
    # A text stays as it was typed, though it looks like a number.
    def attribute(name):
        return proxy.ask("GET", "/proxies/my%20db/toxics/t")["attributes"][name]
    order("toxic", "add", "-t", "postgres_error", "-n", "t", "-a", "sqlstate=08006", "my db")
    check(attribute("sqlstate") == "08006", "an SQLSTATE of digits", attribute("sqlstate"))
    order("toxic", "update", "-n", "t", "-a", "sqlstate=08042", "my db")
    check(attribute("sqlstate") == "08042", "also where it is updated", attribute("sqlstate"))
    order("toxic", "remove", "-n", "t", "my db")
    check("toxic not found" in order("toxic", "update", "-n", "t", "-a", "x=1", "my db", code=2), "an unknown one")
    for upstream, word in (("127.0.0.1", "127.0.0.1: missing port in address"), ("a:1,,b:2", "a:1,,b:2: missing address"),
                           (",", ",: missing address"), ("a:1,b", "b: missing port"), ("a:", "a:: missing port"),
                           ("::1", "::1: too many colons"), ("a:b:c", "a:b:c: too many"), ("a:no-such-port", "a:no-such-port: unknown port")):
        ended = work.run("proxy", "create", "-l", "127.0.0.1:0", "-u", upstream, "no", env=env, limit=20)
        rig.harness.one_line(ended, 2, f"--upstream {word}", "host:port")
    order("create", "-l", "127.0.0.1:0", "-u", "[::1]:1, localhost:http,:3", "several")
    order("delete", "several")
    # The API takes an attribute that the type does not have, and does nothing with it.
    def refused(*args):
        rig.harness.one_line(work.run("proxy", *args, env=env, limit=20), 2, *unknown)
    unknown = ["--attribute modle: ", "model_error", "it has: kind, "]
    refused("toxic", "add", "-t", "model_error", "-a", "modle=x", "my db")
    unknown = ["--attribute x: ", "noop", "it has: none"]
    refused("toxic", "add", "-t", "noop", "-a", "x=1", "my db")
    order("toxic", "add", "-t", "latency", "-n", "t", "-a", "Latency=3", "my db")
    check(attribute("latency") == 3, "in any case, as the API takes it", attribute("latency"))
    unknown = ["--attribute latncy: ", "latency, jitter"]
    refused("toxic", "update", "-n", "t", "-a", "latncy=9", "my db")
    check(attribute("latency") == 3, "nothing has changed", attribute("latency"))
    order("toxic", "remove", "-n", "t", "my db")
    check("invalid toxic type" in order("toxic", "add", "-t", "newer", "-a", "x=1", "my db", code=2), "the proxy decides")
    for name in ("l", "ls", "li", "list"):
        check(order("-h", proxy.url, name) == order("list"), "-h names the host, and the original's short names", name)
    check(order("i", "my db") == order("ins", "my db") == order("inspect", "my db"), "inspect too")
    check("--port" in order("-h") and "--attribute" in order("toxic", "add", "-h"), "-h alone gives help")
    check(order("delete", "my db") == "Deleted proxy my db\n" and order("list") == "", "delete")
    for args, words in (
            (("toxic", "bogus"), ["toxic bogus: there is no such sub-command", "add, update, remove"]),
            (("toxic",), ["toxic: a sub-command is missing; there are: add, update, remove"]),
            (("bogus",), ["proxy bogus: there is no such sub-command", "list, inspect", "toxic, faults"]),
            (("toxic", "add", "db"), ["--type is required"]),
            (("toxic", "--bogus"), ["A subcommand is required"]),
            (("list", "more"), ["not expected: more", "proofload proxy --help"]),
            (("--port", "70000", "list"), ["--port: 70000 is no whole number from 0 to 65535"]),
            (("--port=", "list"), ['--port: "" is no whole number from 0 to 65535']),
            (("toxic", "add", "-t", "noop", "--toxicity=", "x"), ['--toxicity: "" is no number from 0 to 1']),
            (("toxic", "add", "-t", "noop", "-tox=1.5", "x"), ["--toxicity: 1.5 is no number from 0 to 1"]),
            (("toxic", "update", "-n", "x", "--toxicity", "half", "x"), ["--toxicity: half is no number from 0 to 1"])):
        rig.harness.one_line(work.run("proxy", *args, env=env, limit=20), 2, *words)
    rig.harness.one_line(work.run("bogus", limit=20), 2, "proofload bogus: there is no such sub-command", "run, report")
    rig.harness.one_line(work.run("model-server", "--port", "65536", limit=20), 2, "--port: 65536", "0 to 65535")
    port = rig.free_port()
    rig.harness.one_line(work.run("proxy", "list", "--port", str(port), limit=20), 2, "no proxy answers", str(port))
    for args in ((), ("toxic",), ("create",)):
        help_ = work.run("proxy", *args, "--help", limit=20)
        check(help_.code == 0 and help_.out and not help_.err, "there is help", args, help_)
    other_servers(work)


if __name__ == "__main__":
    sys.exit(rig.main(test))
