"""The Debian package, in a Debian of its own: installed, used, upgraded, removed."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "Program"))

from program import ENVIRONMENT, PASSWORD, PROJECT, Server, eventually  # noqa: E402

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("debootstrap") is None,
    reason="needs Debian, and root: a system is made and entered")

# Somebody else than the proxy, whose address is 127.0.0.1.
CLIENT = "127.0.0.2"
UNPACKED = PROJECT / ".build/package"
CONFIG = "/etc/latchkey/settings.json"


def run(*words, **options) -> subprocess.CompletedProcess:
    options = {"stdin": subprocess.DEVNULL} | options if "input" not in options else options
    done = subprocess.run(list(map(str, words)), text=True, capture_output=True, timeout=1800, **options)
    assert done.returncode == 0, (words, done.stdout[-3000:], done.stderr[-3000:])
    return done


@pytest.fixture(scope="module")
def package() -> Path:
    run(PROJECT / "script/package", UNPACKED)
    [file] = UNPACKED.glob("latchkey_*.deb")
    return file


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """The smallest Debian there is, of the release and from the mirror that this machine uses."""
    root = tmp_path_factory.mktemp("debian")
    release = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.M)[1]
    mirror = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").stdout.split("\n")[0]
    run("debootstrap", "--variant=minbase", release, root, *([mirror] if mirror else []))
    # pytest's folders are closed to everybody else, and this one is `/` in there.
    root.chmod(0o755)
    # Swift reads its arguments there.
    run("mount", "-t", "proc", "proc", root / "proc")
    yield root
    run("umount", root / "proc")


class System:
    def __init__(self, root: Path):
        self.root = root

    def run(self, *words, user: str | None = None, **options) -> str:
        chroot = ["chroot", *([f"--userspec={user}:{user}"] if user else []), self.root]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        return run(*chroot, *words, env=environment, **options).stdout

    def latchkey(self, *words, **options) -> str:
        return self.run("latchkey", *words, "--config", CONFIG, user="latchkey", **options)

    def has(self, path: str) -> bool:
        return (self.root / path.lstrip("/")).exists()


class PackagedServer(Server):
    """As the unit starts it: the same user, options and folder."""

    def __init__(self, system: System, *arguments, **options):
        super().__init__(system.root / "tmp", *arguments, settings=None, **options)
        self.system = system

    def start(self) -> "PackagedServer":
        unit = (self.system.root / "lib/systemd/system/latchkey.service").read_text()
        [line] = re.findall(r"^ExecStart=(.*)$", unit, re.M)
        if "--config" in self.arguments:
            line = line.split(" --config")[0]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                ["chroot", "--userspec=latchkey:latchkey", str(self.system.root), *line.split(), *self.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT)
        printed = self.process.stdout.readline().decode()
        assert "/var/lib/latchkey/latchkey.db" in printed, (printed, self.log[-2000:])
        self.origin = self.address = re.search(r"http://\S+", printed)[0]
        self.port = int(self.address.rsplit(":", 1)[1])
        return self


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def behind_nginx(debian: System) -> None:
    """With the settings and the configuration of nginx that the guide has."""
    guide = (PROJECT / "Sources/Latchkey/Latchkey.docc/Deploying.md").read_text()
    settings, nginx = (re.search(rf"```{language}\n(.*?)```", guide, re.S)[1] for language in ("json", "nginx"))
    (debian.root / "tmp/site.json").write_text(settings)
    debian.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "nginx-light", "openssl")
    certificates = "/etc/letsencrypt/live/example.org"
    debian.run("mkdir", "-p", certificates)
    debian.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=example.org", "-addext", "subjectAltName=DNS:example.org",
               "-keyout", f"{certificates}/privkey.pem", "-out", f"{certificates}/fullchain.pem")
    https, http = free_port(), free_port()
    with PackagedServer(debian, "--port", "0", "--config", "/tmp/site.json") as server:
        # The ports alone are others than in the guide.
        for old, new in {"443": f"127.0.0.1:{https}", "80;": f"127.0.0.1:{http};", ":3000": f":{server.port}"}.items():
            assert old in nginx
            nginx = nginx.replace(old, new)
        (debian.root / "etc/nginx/sites-enabled/default").unlink()
        (debian.root / "etc/nginx/sites-enabled/latchkey").write_text(nginx)
        debian.run("nginx", "-t")
        proxy = subprocess.Popen(["chroot", str(debian.root), "nginx", "-g", "daemon off;"])
        try:
            use_the_site(debian, https, http)
        finally:
            proxy.terminate()
            proxy.wait(timeout=30)


def use_the_site(debian: System, https: int, http: int) -> None:
    trust = ssl.create_default_context(cafile=debian.root / "etc/letsencrypt/live/example.org/fullchain.pem")

    def ask(method: str, path: str, fields: dict | None = None, cookie: str = "", **headers) -> HTTPResponse:
        connection = HTTPSConnection("example.org", timeout=30, context=trust)
        # There is no such name here, but the certificate is for it.
        connection._create_connection = lambda *_: socket.create_connection(("127.0.0.1", https), 30, (CLIENT, 0))
        headers = {"Origin": "https://example.org", "Cookie": cookie} | headers
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        return connection.getresponse()

    eventually(lambda: socket.socket().connect_ex(("127.0.0.1", https)) == 0)
    plain = HTTPConnection("127.0.0.1", http, timeout=30)
    plain.request("GET", "/login", headers={"Host": "example.org"})
    assert plain.getresponse().getheader("Location") == "https://example.org/login"

    answer = ask("POST", "/login", {"username": "ada", "password": PASSWORD}, **{"X-Forwarded-For": "198.51.100.9"})
    assert answer.status == 303
    cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    assert all(value.startswith("__Host-") and "; Secure" in value for value in cookies) and cookies
    cookie = next(value.split(";")[0] for value in cookies if value.startswith("__Host-latchkey="))
    page = ask("GET", "/protected", cookie=cookie)
    assert page.status == 200 and page.getheader("Strict-Transport-Security")
    # What the client says of its address is not believed, and the proxy is not taken for it.
    said = debian.run("latchkey", "audit", "list", "--json", "--config", CONFIG, user="latchkey")
    assert f'"{CLIENT}"' in said and "198.51.100.9" not in said
    # An open page hears at once that its session has ended, through the proxy.
    live = re.search(r'data-live="([^"]+)"', page.read().decode())[1].replace("&amp;", "&")
    stream = ask("GET", live, cookie=cookie, Accept="text/event-stream")
    assert stream.status == 200
    debian.run("latchkey", "session", "revoke", "--all", "--config", CONFIG, user="latchkey")
    begin, heard = time.monotonic(), b""
    while b"event:" not in heard:
        heard += stream.readline()
        assert time.monotonic() - begin < 12, heard
    assert ask("GET", "/protected", cookie=cookie).status == 303
    found = debian.run("latchkey", "doctor", "--json", "--config", "/tmp/site.json", user="latchkey")
    assert json.loads(found) == [] or {one["level"] for one in json.loads(found)} == {"note"}, found


def backed_up_and_restored(debian: System) -> None:
    """With the commands that the guide has, but for those of a service that does not run."""
    guide = (PROJECT / "Sources/Latchkey/Latchkey.docc/Deploying.md").read_text()
    blocks = re.findall(r"```text\n(.*?)```", guide, re.S)
    [backup] = [block for block in blocks if "latchkey backup" in block]
    [restore] = [block for block in blocks if "latchkey restore" in block]
    debian.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "sudo", "systemd")
    debian.run("bash", "-e", "-c", backup)
    folder = debian.root / "var/lib/latchkey"
    copy = (folder / "copy.db").stat()
    assert copy.st_mode & 0o777 == 0o600 and copy.st_uid == folder.stat().st_uid
    debian.latchkey("user", "delete", "ada", "--yes")
    assert "ada" not in debian.latchkey("user", "list")
    restore = re.sub(r"^systemctl .*$", "", restore, flags=re.M)
    debian.run("bash", "-e", "-c", restore)
    assert "ada" in debian.latchkey("user", "list")
    assert (folder / "latchkey.db").stat().st_mode & 0o777 == 0o600


def as_a_service(debian: System) -> None:
    """Under systemd, with all that the unit denies: what it denies too much shows only there."""
    debian.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "systemd", "systemd-sysv", "dbus")
    settings = debian.root / CONFIG.lstrip("/")
    before, port = settings.read_text(), free_port()
    settings.write_text(json.dumps(json.loads(before) | {"port": port}))
    init = subprocess.Popen(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", Path(__file__).with_name("boot"), debian.root],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: Path(f"/proc/{init.pid}/task/{init.pid}/children").read_text())
        [first] = Path(f"/proc/{init.pid}/task/{init.pid}/children").read_text().split()

        def systemctl(*words: str) -> str:
            enter = ["nsenter", "-t", first, "--mount", "--pid", "--uts", "--ipc", "--root", "--wd"]
            return subprocess.run([*enter, "systemctl", *words], text=True, capture_output=True, timeout=60).stdout.strip()

        def healthy() -> bool:
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/health")
                return connection.getresponse().status == 200
            except OSError:
                return False

        eventually(lambda: systemctl("is-system-running") in {"running", "degraded"}, 60)
        systemctl("start", "latchkey")
        eventually(healthy)
        # A password is hashed, and its thread gives way to those that serve pages.
        server = Server(debian.root / "tmp", settings=None)
        server.port, server.origin = port, f"http://localhost:{port}"
        assert server.may_enter(server.log_in("ada"))
        main = systemctl("show", "latchkey", "--property=MainPID", "--value")
        systemctl("kill", "--signal=KILL", "latchkey")
        eventually(lambda: systemctl("show", "latchkey", "--property=MainPID", "--value") not in {"0", main})
        eventually(healthy)
        systemctl("stop", "latchkey")
        assert systemctl("show", "latchkey", "--property=Result", "--value") == "success"
        assert not healthy()
    finally:
        # With the first process of its namespace all others end.
        init.kill()
        init.wait(timeout=30)
        settings.write_text(before)


def test_it_is_installed_used_upgraded_and_removed(system, package):
    debian = System(system)
    shutil.copy(package, system / "tmp/latchkey.deb")
    (system / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (system / "usr/sbin/policy-rc.d").chmod(0o755)
    debian.run("apt-get", "-q", "update")
    debian.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "/tmp/latchkey.deb")

    # The program needs nothing that was not installed with it; there is no Swift here.
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", debian.run("latchkey", "--version"))
    assert (system / "var/lib/latchkey").stat().st_mode & 0o777 == 0o700
    manual = debian.run("zcat", "/usr/share/man/man1/latchkey.1.gz")
    assert ".Nm latchkey" in manual and "makemigrations" in manual
    completions = debian.run("bash", "-c", """
        source /usr/share/bash-completion/completions/latchkey
        COMP_LINE="latchkey us" COMP_POINT=11 COMP_WORDS=(latchkey us) COMP_CWORD=1
        $(complete -p latchkey | sed 's/.*-F \\([^ ]*\\).*/\\1/') latchkey us latchkey
        echo "${COMPREPLY[@]}"
        """)
    assert completions.split() == ["user"], completions

    terms = debian.run("zcat", "/usr/share/doc/latchkey/licenses-of-parts.gz")
    for part in ("hummingbird/LICENSE.txt", "hummingbird/NOTICE.txt", "GRDB.swift/LICENSE", "Swift"):
        assert f"\n==== {part}\n" in "\n" + terms, part

    # An account by the command line, used through the pages.
    debian.latchkey("user", "add", "ada", "--password", input=PASSWORD + "\n")
    assert "There is no origin" in debian.latchkey("doctor")
    with PackagedServer(debian, "--port", "0") as server:
        assert server.get("/health").status == 200
        cookie = server.log_in("ada")
        assert server.may_enter(cookie)
    assert (system / "var/lib/latchkey/latchkey.db").stat().st_mode & 0o777 == 0o600

    # Settings that somebody has changed stay as they are, and so do the accounts.
    settings = system / CONFIG.lstrip("/")
    changed = settings.read_text().replace("{", '{\n  "site": {"name": "Garden"},', 1)
    settings.write_text(changed)
    debian.run("apt-get", "-q", "-y", "--reinstall", "install", "/tmp/latchkey.deb")
    assert settings.read_text() == changed
    with PackagedServer(debian, "--port", "0") as server:
        assert server.may_enter(cookie), "still logged in after the upgrade"
        assert "Garden" in server.get("/login").text

    behind_nginx(debian)
    backed_up_and_restored(debian)

    if not Path("/run/systemd/system").exists():
        as_a_service(debian)

    # Where systemd does not run, a service that is enabled goes with the package all the same.
    debian.run("systemctl", "enable", "latchkey")
    assert (system / "etc/systemd/system/multi-user.target.wants/latchkey.service").is_symlink()
    debian.run("apt-get", "-q", "-y", "remove", "latchkey")
    assert not (system / "etc/systemd/system/multi-user.target.wants/latchkey.service").is_symlink()
    assert not debian.has("/usr/bin/latchkey") and not debian.has("/lib/systemd/system/latchkey.service")
    assert debian.has(CONFIG) and debian.has("/var/lib/latchkey/latchkey.db")
    said = debian.run("apt-get", "-q", "-y", "purge", "latchkey")
    assert not debian.has(CONFIG)
    assert debian.has("/var/lib/latchkey/latchkey.db") and "The accounts are still in /var/lib/latchkey" in said
