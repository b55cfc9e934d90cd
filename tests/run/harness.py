"""What the tests of whole runs share: a temporary folder, proofload as a child with a bound on its time, and the check that
nothing is left. usage of every test: TEST.py PROOFLOAD SOURCE [MORE...]"""
import contextlib
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77                # What ctest takes for "not run".
PYTHON = sys.executable     # The interpreter itself; a python3 on PATH may be a script around it.
HERE = pathlib.Path(__file__).resolve().parent
ENDS_WITHIN = 5.0           # Seconds that processes get to go once proofload has gone.


class Failed(Exception):
    """Something does not hold; the text says what."""


class Skip(Exception):
    """The machine lacks what the test needs; the text says what."""


def check(holds, what, *seen):
    if not holds:
        raise Failed(what + "".join(f"\n    {one}" for one in seen))


def wait_for(holds, limit, what, step=0.02):
    """Waits until holds() is true and returns what it said."""
    end = time.monotonic() + limit
    while not (said := holds()):
        check(time.monotonic() < end, f"{what}: not within {limit:g} s")
        time.sleep(step)
    return said


def free_port():
    """A port that nobody has, and none that the system gives to a connection before it is used."""
    ephemeral = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, max(ephemeral, 20_000))
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Ended:
    """How a proofload ended: code, out and err as text, seconds."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def last_line(self):
        lines = self.out.rstrip("\n").splitlines()
        return lines[-1].strip() if lines else ""

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.err[-3000:]}"


class Started:
    """A proofload that runs in a session of its own, its output going into files."""

    def __init__(self, process, out, err):
        self.process, self.out_path, self.err_path, self.since = process, out, err, time.monotonic()
        self.pid = process.pid

    def out(self):
        return self.out_path.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def signal(self, number, group=False):
        """To proofload alone, or as a terminal sends it: to its whole group. Nothing where it has ended already."""
        if self.running():
            (os.killpg if group else os.kill)(self.pid, number)

    def wait(self, limit):
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"proofload has not ended after {limit:g} s\n{self.out()[-3000:]}") from None
        return Ended(code, self.out(), self.err_path.read_text(errors="replace"), time.monotonic() - self.since)

    def end(self):
        """For tests that failed half-way. Its children go with it, which is proofload's own promise."""
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class Work:
    """The temporary folder of one test. Whatever proofload starts is known by it: TMPDIR points into it, and PL_TEST_MARK
    in the environment names it."""

    def __init__(self, proofload, source, more=()):
        self.proofload, self.source = str(pathlib.Path(proofload).resolve()), pathlib.Path(source).resolve()
        self.more = list(more)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="proofload-test-"))
        self.folder.chmod(0o711)  # A throw-away service of a run as root has a user of its own.
        self.temp = self.folder / "tmp"
        self.temp.mkdir(mode=0o711)
        self.uid = None
        self.started = []

    def become_ordinary(self):
        """From now on proofload runs as the user nobody, where we are root."""
        if os.geteuid() != 0:
            return
        if not shutil.which("setpriv"):
            raise Skip("there is no setpriv to become an ordinary user with")
        user = pwd.getpwnam("nobody")
        self.uid, gid = user.pw_uid, user.pw_gid
        for folder in (self.folder, self.temp):
            os.chown(folder, self.uid, gid)
        for program in (self.proofload, self.python()):
            if subprocess.run(self.as_user(["test", "-x", program])).returncode != 0:
                raise Skip(f"{program} is closed to the user nobody")

    def as_user(self, argv):
        if self.uid is None:
            return list(map(str, argv))
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--", *map(str, argv)]

    def python(self):
        """An interpreter that the user may start."""
        return PYTHON if self.uid is None else "/usr/bin/python3"

    def environment(self, extra):
        env = {k: v for k, v in os.environ.items() if k not in ("PORT", "BACKEND_PORT")}
        env.update(TMPDIR=str(self.temp), PL_TEST_MARK=str(self.folder), PYTHONDONTWRITEBYTECODE="1", NO_COLOR="1", TERM="dumb")
        env["PATH"] = os.path.dirname(PYTHON) + ":" + env.get("PATH", "/usr/bin:/bin")
        if self.uid is not None:
            env.update(PATH="/usr/local/bin:/usr/bin:/bin", HOME=str(self.folder))
        env.update({k: str(v) for k, v in extra.items()})
        return env

    def start(self, *args, cwd=None, env=()):
        """Starts proofload with these arguments."""
        number = len(self.started)
        out, err = self.folder / f"{number}.out", self.folder / f"{number}.err"
        with open(out, "wb") as to, open(err, "wb") as errors:
            process = subprocess.Popen(self.as_user([self.proofload, *args]), cwd=cwd or self.folder, stdin=subprocess.DEVNULL,
                                       stdout=to, stderr=errors, env=self.environment(dict(env)), start_new_session=True)
        self.started.append(Started(process, out, err))
        return self.started[-1]

    def run(self, *args, limit=60, cwd=None, env=()):
        """Starts proofload with these arguments and waits until it ends."""
        return self.start(*args, cwd=cwd, env=env).wait(limit)

    def app(self, name):
        """One of the small applications of these tests, where every user can read it."""
        copy = self.folder / name
        if not copy.exists():
            shutil.copy(HERE / "apps" / name, copy)
            copy.chmod(0o644)
        return copy

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def at_free_port(self, config):
        """A copy of a configuration whose target is a port that is free, and the port."""
        port = free_port()
        text, changed = re.subn(r"(target: http://127\.0\.0\.1:)\d+", rf"\g<1>{port}", pathlib.Path(config).read_text())
        check(changed == 1, f"{config} names its target once")
        return self.write("proofload.yaml", text), port

    def left(self):
        """Processes that live and belong to this test, as text."""
        mark, found = str(self.folder).encode(), []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid() and belongs(f"/proc/{entry}", mark):
                found.append(f"{entry}: {read(f'/proc/{entry}/cmdline').replace(bytes(1), b' ').decode(errors='replace')[:120]}")
        return found

    def left_folders(self):
        """Folders of throw-away services."""
        return sorted(path.name for path in self.temp.glob("proofload-*"))

    def check_nothing_left(self):
        """Waits for the end of all that proofload had started."""
        wait_for(lambda: not self.left(), ENDS_WITHIN, "processes of the run live on: " + "; ".join(self.left()))
        check(not self.left_folders(), "temporary folders are left", self.left_folders())

    def clean(self):
        for one in self.started:
            one.end()
        for line in self.left():
            os.kill(int(line.split(":")[0]), signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def belongs(process, mark):
    """Whether a process of /proc lives and has the mark in its command line, environment or folder."""
    if b"\nState:\tZ" in read(process + "/status"):
        return False
    try:
        folder = os.readlink(process + "/cwd").encode()
    except OSError:
        folder = b""
    return mark in read(process + "/cmdline") or mark in read(process + "/environ") or mark in folder


def journals(pid):
    """The notes of what a proofload of this user would have to remove; it has none once it has ended well."""
    return [str(path) for path in pathlib.Path(f"/tmp/proofload-{os.geteuid()}").glob(f"{pid}-*.journal")]


def report_of(folder):
    path = pathlib.Path(folder, "report.json")
    check(path.exists(), f"there is a report in {folder}")
    return json.loads(path.read_text())


def one_line(ended, code, *words):
    """An error as people get it: the exit code, and exactly one line on stderr, which has these words."""
    check(ended.code == code, f"exit code {code} expected", ended)
    lines = ended.err.splitlines()
    check(len(lines) == 1 and ended.err.endswith("\n"), f"one line on stderr expected, there are {len(lines)}", ended)
    check(lines[0].startswith("proofload: "), "the line says who speaks", lines[0])
    for word in words:
        check(word in lines[0], f"the line says {word!r}", lines[0])


def main(test):
    """Runs a test: test(work). Exit code 0, 1 with the reason, or SKIPPED."""
    work = Work(*sys.argv[1:3], more=sys.argv[3:])
    from_ = time.monotonic()
    try:
        test(work)
        work.check_nothing_left()
    except Skip as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    except Failed as reason:
        print(f"FAILED: {reason}")
        return 1
    finally:
        work.clean()
    print(f"passed in {time.monotonic() - from_:.1f} s")
    return 0
