"""Measures the proxy beside its peers and prints one BENCH line for each figure: bench.py PROOFLOAD FOLDER
The proxies run on one core in turn, what loads them on the others. A figure is the median of its rounds, a ratio the median
of the ratios of each round, so that the machine's mood hits both sides."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("PL_BENCH_ROUNDS", 5))
WINDOW = 2.0     # Seconds of one measurement.
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
IDLE = min(10_000, (FILES - 2000) // 2)  # Connections, each with two descriptors in the proxy, which keeps some to itself.
NOISY = 0.5      # A spread above this share of the median tells nothing.
TICK = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
PROXY_CORE, LOAD_CORES = {CORES[0]}, set(CORES[1:]) or {CORES[0]}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing listens on {port}")


def pinned(argv, cores, **more):
    return subprocess.Popen(list(map(str, argv)), preexec_fn=lambda: os.sched_setaffinity(0, cores), **more)


def hurry(pid, on=True):
    os.sched_setscheduler(pid, os.SCHED_FIFO if on else os.SCHED_OTHER, os.sched_param(1 if on else 0))


@contextlib.contextmanager
def quiet(bench, proxies):
    """As on a quiet machine, on a shared virtual one: no core falls asleep, since the host says how soon it is woken, and
    neither a proxy nor the load waits for the slice of another process to end, be it that of the load's other half."""
    argv = [sys.executable, "-c", "while True: pass"]
    awake = [pinned(argv, {core}) for core in CORES]
    hurried = [*bench.servers, *(pid for proxy in proxies for pid in proxy.pids)]
    try:
        for one in awake:
            os.sched_setscheduler(one.pid, os.SCHED_IDLE, os.sched_param(0))
        with contextlib.suppress(PermissionError):
            for pid in hurried:
                hurry(pid)
            bench.urgent = True
        if not bench.urgent:
            print("  not as root: what other processes of the machine take is measured too", flush=True)
        yield
    finally:
        for one in awake:
            one.kill()
            one.wait()
        for pid in hurried if bench.urgent else []:
            hurry(pid, False)
        bench.urgent = False


class Bench:
    def __init__(self, proofload, folder):
        self.proofload, self.folder, self.running = proofload, pathlib.Path(folder), []
        self.servers = []
        self.probe = self.folder / "probe"
        self.urgent = False  # What loads the proxy goes before all else on its core.

    def start(self, argv, cores=PROXY_CORE, **more):
        self.running.append(pinned(argv, cores, **more))
        return self.running[-1]

    def end(self):
        for one in reversed(self.running):
            one.terminate()
        for one in self.running:
            one.wait()

    def serving(self, what):
        process = self.start([self.probe, what], LOAD_CORES, stdout=subprocess.PIPE, text=True)
        self.servers.append(process.pid)
        return int(process.stdout.readline())

    def ask(self, *args):
        """The output of a measuring client, as numbers."""
        done = pinned([self.probe, *args], LOAD_CORES, stdout=subprocess.PIPE, text=True)
        if self.urgent:
            hurry(done.pid)
        out = done.communicate()[0]
        if done.returncode != 0:
            sys.exit(f"probe {args} failed")
        return [float(word) for word in out.split()]

    def origin(self):
        """nginx that answers 1 KiB."""
        port = free_port()
        (self.folder / "www").mkdir()
        (self.folder / "www" / "k").write_bytes(b"x" * 1024)
        conf = self.folder / "origin.conf"
        conf.write_text(f"""daemon off; worker_processes 1; pid {self.folder}/origin.pid; error_log /dev/null;
events {{ worker_connections 10000; }}
http {{ access_log off; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {self.folder}/www; }} }}""")
        os.chmod(self.folder, 0o755)
        self.start(["nginx", "-c", conf, "-e", "/dev/null"], LOAD_CORES)
        wait_for(port)
        return port


class Proofload:
    name = "proofload"

    def __init__(self, bench, upstreams):
        self.api = free_port()
        self.process = bench.start([bench.proofload, "proxy", "--port", self.api], stdout=subprocess.DEVNULL)
        wait_for(self.api)
        self.pids = [self.process.pid]
        self.ports = {what: self.create(what, port) for what, port in upstreams.items()}

    def create(self, name, upstream, toxics=()):
        body = {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}", "toxics": list(toxics)}
        connection = http.client.HTTPConnection("127.0.0.1", self.api, timeout=10)
        connection.request("POST", "/proxies", json.dumps(body))
        return int(json.loads(connection.getresponse().read())["listen"].rsplit(":", 1)[1])


class Toxiproxy(Proofload):
    """The original, where PL_TOXIPROXY names its server."""
    name = "toxiproxy"

    def __init__(self, bench, upstreams):
        self.api = free_port()
        self.process = bench.start([os.environ["PL_TOXIPROXY"], "-port", self.api], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env={**os.environ, "GOMAXPROCS": "1"})
        wait_for(self.api)
        self.pids = [self.process.pid]
        self.ports = {what: self.create(what, port) for what, port in upstreams.items()}


class Haproxy:
    name = "haproxy"

    def __init__(self, bench, upstreams):
        self.ports = {what: free_port() for what in upstreams}
        conf = bench.folder / "haproxy.cfg"
        text = f"global\n nbthread 1\n maxconn {IDLE + 200}\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
        for what, port in upstreams.items():
            text += f"listen {what}\n bind 127.0.0.1:{self.ports[what]}\n server s 127.0.0.1:{port}\n"
        conf.write_text(text)
        self.process = bench.start(["haproxy", "-db", "-f", conf], stderr=subprocess.DEVNULL)
        wait_for(self.ports["web"])
        self.pids = [self.process.pid]


class Nginx:
    name = "nginx"

    def __init__(self, bench, upstreams):
        self.ports = {what: free_port() for what in upstreams}
        conf = bench.folder / "stream.conf"
        servers = "".join(f"server {{ listen 127.0.0.1:{self.ports[what]} backlog=4096; proxy_pass 127.0.0.1:{port}; }}\n"
                          for what, port in upstreams.items())
        conf.write_text(f"""load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; worker_processes 1; pid {bench.folder}/stream.pid; error_log /dev/null;
events {{ worker_connections {2 * IDLE + 500}; }}
stream {{ proxy_timeout 1h; {servers} }}""")
        self.process = bench.start(["nginx", "-c", conf, "-e", "/dev/null"])
        wait_for(self.ports["web"])
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.pids = [self.process.pid, *map(int, children)]


def processor_seconds(proxy):
    """Of all its threads, to a hundredth of a second."""
    total = 0
    for pid in proxy.pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident(proxy):
    return sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024 for pid in proxy.pids)


def load(proxy):
    """Requests per second and processor time per request in us, with wrk."""
    before = processor_seconds(proxy)
    done = pinned(["wrk", "-t1", "-c64", f"-d{WINDOW:g}s", f"http://127.0.0.1:{proxy.ports['web']}/k"], LOAD_CORES,
                  stdout=subprocess.PIPE, text=True)
    out = done.communicate()[0]
    requests = int(re.search(r"(\d+) requests in", out)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), (processor_seconds(proxy) - before) / requests * 1e6


def pull(bench, proxy):
    """Processor time per GB of a stream, in s."""
    before, size = processor_seconds(proxy), 2e9
    bench.ask("drain", proxy.ports["pour"], size)
    return (processor_seconds(proxy) - before) / size * 1e9


def say(name, values, unit, sign, goal):
    value, low, high = statistics.median(values), min(values), max(values)
    met = value <= goal if sign == "<=" else value >= goal
    word = "noisy" if len(values) < 3 or high - low > NOISY * max(abs(value), abs(goal)) else "met" if met else "missed"
    digits = 3 if abs(value) < 100 else 0
    print(f"BENCH {name} {value:.{digits}f} {unit} spread {low:.{digits}f}..{high:.{digits}f} goal {sign} {goal:g} {word}", flush=True)


def in_turn(proxies, measure):
    """One list of values for each proxy; its rounds are interleaved with the others'."""
    values = {proxy.name: [] for proxy in proxies}
    for turn in range(ROUNDS + 1):
        for proxy in proxies:
            value = measure(proxy)
            if turn > 0:  # the first warms up
                values[proxy.name].append(value)
    for name, seen in values.items():
        print(f"  {name}: {seen}", flush=True)
    return values


def ratios(values, peer, pick=lambda value: value):
    return [pick(ours) / pick(theirs) for ours, theirs in zip(values["proofload"], values[peer])]


def compare(bench, proxies, upstreams):
    web = in_turn(proxies, load)
    say("proxy.throughput_of_haproxy", ratios(web, "haproxy", lambda v: v[0]), "x", ">=", 1)
    say("proxy.cpu_per_request_of_haproxy", ratios(web, "haproxy", lambda v: v[1]), "x", "<=", 0.8)
    if "toxiproxy" in web:
        say("proxy.throughput_of_toxiproxy", ratios(web, "toxiproxy", lambda v: v[0]), "x", ">=", 1)
    stream = in_turn(proxies, lambda proxy: pull(bench, proxy))
    say("proxy.cpu_per_byte_of_haproxy", ratios(stream, "haproxy"), "x", "<=", 0.8)
    direct = bench.ask("echo", upstreams["echo"], WINDOW)[0]
    echo = in_turn(proxies, lambda proxy: bench.ask("echo", proxy.ports["echo"], WINDOW)[0] - direct)
    say("proxy.added_echo_p50_of_haproxy", ratios(echo, "haproxy"), "x", "<=", 1)
    with quiet(bench, proxies):
        connects = in_turn(proxies, lambda proxy: bench.ask("connects", proxy.ports["echo"], WINDOW)[0])
    say("proxy.connections_of_nginx", ratios(connects, "nginx"), "x", ">=", 1)


def faults(bench, ours, upstreams):
    def paced(port, delay):
        return [one / 1e6 for one in bench.ask("paced", port, 1000, 10, WINDOW, delay * 1_000_000)]

    for delay in (1, 10, 100):
        port = ours.create(f"late{delay}", upstreams["echo"], [{"type": "latency", "attributes": {"latency": delay}}])
        with quiet(bench, [ours]):
            rounds = [(paced(ours.ports["echo"], 0), paced(port, delay)) for _ in range(ROUNDS)]
        # What a byte there and back takes without the fault is not the fault's error.
        print(f"  without it: p99 {[round(plain[1] - plain[0], 3) for plain, _ in rounds]} ms above its p50", flush=True)
        say(f"proxy.latency_{delay}ms_error_p50", [late[0] - plain[0] for plain, late in rounds], "ms", "<=", 0.1)
        say(f"proxy.latency_{delay}ms_error_p99", [late[1] - plain[0] for plain, late in rounds], "ms", "<=", 1)
    for rate in (10, 1000, 100_000):
        port = ours.create(f"rate{rate}", upstreams["pour"], [{"type": "bandwidth", "attributes": {"rate": rate}}])
        seen = [bench.ask("drain", port, rate * 1000 * WINDOW)[0] / (rate * 1000) for _ in range(3)]
        say(f"proxy.bandwidth_{rate}KBs_error", [abs(one - 1) * 100 for one in seen], "%", "<=", 1)


class Port:
    """One port of a proxy, to be compared with another one."""
    def __init__(self, name, proxy, port):
        self.name, self.pids, self.ports = name, proxy.pids, {"web": port, "postgres": port}


def postgres(bench):
    """A throw-away server; its port."""
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder, port = bench.folder / "pg", free_port()
    folder.mkdir()
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run([programs / "initdb", "-D", folder, "-U", "bench", "-A", "trust", "--no-sync"], check=True, cwd="/",
                   stdout=subprocess.DEVNULL, **who)
    bench.start([programs / "postgres", "-D", folder, "-p", port, "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
                LOAD_CORES, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)
    wait_for(port)
    (bench.folder / "ask.sql").write_text("select repeat('x', 1024);\n")
    bench.pgbench = programs / "pgbench"
    return port


def transact(bench, proxy):
    """Processor time per statement in us, with pgbench."""
    before = processor_seconds(proxy)
    done = pinned([bench.pgbench, "-n", "-h", "127.0.0.1", "-p", proxy.ports["postgres"], "-U", "bench", "-c", "16", "-T", f"{WINDOW:g}",
                   "-f", bench.folder / "ask.sql", "postgres"], LOAD_CORES, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = done.communicate()[0]
    return (processor_seconds(proxy) - before) / int(re.search(r"actually processed: (\d+)", out)[1]) * 1e6


def aware(bench, ours, upstreams):
    """What it costs that a fault on messages looks for some that never come."""
    def compared(what, upstream, toxic, measure):
        ports = [Port("plain", ours, ours.create(f"plain {what}", upstream)),
                 Port("aware", ours, ours.create(f"aware {what}", upstream, [toxic]))]
        values = in_turn(ports, measure)
        say(f"proxy.aware_{what}_of_plain", [one / other for one, other in zip(values["aware"], values["plain"])], "x", "<=", 1.3)

    compared("http", upstreams["web"], {"type": "http_status", "attributes": {"path": "/never"}}, lambda port: load(port)[1])
    compared("postgres", postgres(bench), {"type": "postgres_error", "attributes": {"table": "never"}}, lambda port: transact(bench, port))


def memory(bench, proxies):
    for proxy in proxies:
        before = resident(proxy)
        keeper = pinned([bench.probe, "idle", proxy.ports["echo"], IDLE], LOAD_CORES, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if keeper.stdout.readline() != b"ready\n":
            sys.exit(f"{proxy.name} does not hold {IDLE} connections")
        each = (resident(proxy) - before) / IDLE / 1024
        keeper.stdin.close()
        keeper.wait()
        if proxy.name == "proofload":
            say(f"proxy.memory_per_idle_of_{IDLE}", [each] * 3, "KiB", "<=", 4)
        else:
            print(f"  {proxy.name}: {each:.1f} KiB per idle connection", flush=True)


def main(proofload, folder):
    for tool in ("haproxy", "nginx", "wrk"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing; ./dev bench installs it")
    bench = Bench(proofload, folder)
    try:
        upstreams = {"web": bench.origin(), "echo": bench.serving("serve"), "pour": bench.serving("pour")}
        kinds = [Haproxy, Nginx, *([Toxiproxy] if "PL_TOXIPROXY" in os.environ else []), Proofload]
        proxies = [kind(bench, upstreams) for kind in kinds]
        memory(bench, proxies)  # before anything else has left memory behind that is used again
        compare(bench, proxies, upstreams)
        aware(bench, proxies[-1], upstreams)
        faults(bench, proxies[-1], upstreams)
    finally:
        bench.end()


if __name__ == "__main__":
    main(*sys.argv[1:3])
