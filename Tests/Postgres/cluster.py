"""A PostgreSQL of the tests' own, on a free port of this machine, as an ordinary user; and what stands between it and
the program: a pooler, a wire that can be slow or cut, an address for several servers."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from program import PROJECT, SAFETY_SECONDS, Server, eventually

USER = "latchkey"
GUIDE = PROJECT / "Sources/Latchkey/Latchkey.docc/Scaling.md"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def as_user(*words, **options) -> subprocess.CompletedProcess:
    """PostgreSQL and pgbouncer do not run as root."""
    words = list(map(str, words))
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    done = subprocess.run(
        words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=SAFETY_SECONDS, **options)
    assert done.returncode == 0, (words, done.stdout)
    return done.stdout


class Folder:
    """A folder that the ordinary user may write to."""

    def __init__(self):
        # Short: the name of a socket has a limit.
        self.path = Path(tempfile.mkdtemp(prefix="latchkey-"))
        if os.geteuid() == 0:
            shutil.chown(self.path, "postgres")

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        file = self.path / name
        file.write_text(text)
        file.chmod(mode)
        if os.geteuid() == 0:
            shutil.chown(file, "postgres")
        return file

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class Cluster:
    def __init__(self, following: "Cluster | None" = None):
        programs = subprocess.run(["pg_config", "--bindir"], check=True, text=True, stdout=subprocess.PIPE)
        self.programs = Path(programs.stdout.strip())
        self.folder = Folder()
        self.data = self.folder.path / "data"
        self.port = free_port()
        if following:
            self.run("pg_basebackup", "-d", f"host=127.0.0.1 port={following.port} user={USER}", "-D", self.data, "-R",
                     "--no-sync", "--checkpoint=fast")
        else:
            self.run("initdb", "-D", self.data, "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def run(self, program: str, *words) -> str:
        return as_user(self.programs / program, *words)

    def start(self) -> None:
        options = (f"-c listen_addresses=127.0.0.1 -c port={self.port} -c max_connections=200 "
                   f"-c unix_socket_directories='{self.folder.path}'")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.folder.path / "log", "-o", options, "start")

    def crash(self) -> None:
        """No connection is told, and nothing is written down that was not."""
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.crash()
        self.folder.remove()

    def url(self, database: str, port: int | None = None, user: str = USER, more: str = "") -> str:
        return f"postgres://{user}@127.0.0.1:{port or self.port}/{database}{more}"

    def sql(self, text: str, database: str = "postgres") -> str:
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder.path,
                        "-p", self.port, "-U", USER, "-d", database, "-c", text).strip()


class PostgresServer(Server):
    """`latchkey serve` on a database of PostgreSQL."""

    def __init__(self, folder: Path, url: str, *arguments, name: str = "server", **options):
        super().__init__(folder, *arguments, database=name, **options)
        self.file = url


class Process:
    """A program that runs until the test has ended."""

    def __init__(self, *words, port: int):
        self.port = port
        words = list(map(str, words))
        if os.geteuid() == 0:
            words = ["runuser", "-u", "postgres", "--", *words]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            words, cwd="/", stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            eventually(lambda: self.process.poll() is not None or listens(port))
            assert self.process.poll() is None, self.output
        except BaseException:
            self.stop()
            raise

    @property
    def output(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def pgbouncer(cluster: Cluster, folder: Folder) -> Process:
    """In transaction mode, with fewer sessions than there are clients, so that each transaction may be elsewhere."""
    port = free_port()
    users = folder.write("users.txt", f'"{USER}" ""\n')
    settings = folder.write("pgbouncer.ini", f"""\
[databases]
* = host=127.0.0.1 port={cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_reset_query_always = 0
""")
    # Debian's pgbouncer lies in /usr/sbin, which is not on everybody's path.
    return Process(shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", settings, port=port)


def haproxy(servers: list[Server], folder: Folder, port: int) -> Process:
    """One address for all of them, as the guide has it, but for the addresses and without TLS."""
    [text] = re.findall(r"```text\n(defaults\n.*?)```", GUIDE.read_text(), re.S)
    assert text.count("bind :443 ssl crt /etc/haproxy/example.org.pem") == 1 and text.count(":3000") == 6
    text = text.replace("bind :443 ssl crt /etc/haproxy/example.org.pem", f"bind 127.0.0.1:{port}")
    for address, server in zip(("10.0.0.11", "10.0.0.12", "10.0.0.13"), servers, strict=True):
        text = text.replace(f"{address}:3000", f"127.0.0.1:{server.port}")
    settings = folder.write("haproxy.cfg", text)
    return Process(shutil.which("haproxy") or "/usr/sbin/haproxy", "-f", settings, "-db", port=port)


class SlowWire:
    """A TCP proxy. Each direction passes on what it gets after `delay` seconds; frozen, it takes all and passes on
    nothing; cut, it ends all connections and takes no new ones."""

    def __init__(self, target: int):
        self.target = target
        self.delay = 0.0
        self.is_frozen = False
        self.is_cut = False
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            with self.lock:
                self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                time.sleep(self.delay)
                while self.is_frozen and not self.is_cut:
                    time.sleep(0.05)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self) -> None:
        self.is_cut = True
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.listener.close()
        self.cut()
