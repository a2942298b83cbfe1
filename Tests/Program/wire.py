"""HTTP as bytes: requests that no library would send, and answers read strictly."""

import socket
from dataclasses import dataclass

TIMEOUT_SECONDS = 30


class NoAnswer(AssertionError):
    """The connection ended without a whole answer."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    version: str = "HTTP/1.1"

    @property
    def text(self) -> str:
        return self.body.decode()

    def __getitem__(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def cookie(self) -> str:
        """The session cookie that it sets, as a browser would send it."""
        return self._cookie("latchkey")

    def device(self) -> str:
        """The device cookie that it sets: by it the browser is known from now on."""
        return self._cookie("latchkey-device")

    def _cookie(self, name: str) -> str:
        [cookie] = [value for value in self.all("set-cookie")
                    if value.split("=")[0].removeprefix("__Host-") == name]
        return cookie.split(";")[0]


class Wire:
    """One connection."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self.buffer = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused early. The answer, if there is one, can still be read.

    def send_request(self, method: str, path: str | bytes, headers, body: bytes = b"",
                     version: str = "HTTP/1.1") -> None:
        lines = [method.encode() + b" " + (path.encode() if isinstance(path, str) else path)
                 + b" " + version.encode()]
        names = {name.lower() for name, _ in headers}
        if (body or method in ("POST", "PUT", "PATCH")) and not names & {"content-length", "transfer-encoding"}:
            headers = [*headers, ("Content-Length", str(len(body)))]
        for name, value in headers:
            value = value if isinstance(value, bytes) else value.encode()
            lines.append(name.encode() + b": " + value)
        self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def finish_sending(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def _until(self, separator: bytes) -> bytes:
        while separator not in self.buffer:
            if not self._more():
                raise NoAnswer(f"ended after {self.buffer[:200]!r}")
        found, self.buffer = self.buffer.split(separator, 1)
        return found

    def _exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if not self._more():
                raise NoAnswer(f"ended {count - len(self.buffer)} bytes early")
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def answer(self, head: bool = False) -> Answer:
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ")
        answer = Answer(int(status), [], version=version)
        for line in lines[1:]:
            name, value = line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
            answer.headers.append((name, value))
        length = answer["content-length"]
        if head or answer.status in (204, 304) or answer.status < 200:
            pass
        elif (answer["transfer-encoding"] or "").lower() == "chunked":
            while size := int(self._until(b"\r\n"), 16):
                answer.body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            self._until(b"\r\n")
        elif length is not None:
            answer.body = self._exactly(int(length))
        else:
            while self._more():
                pass
            answer.body, self.buffer = self.buffer, b""
        return answer

    def ended(self) -> bool:
        """Waits for the server to close; false when it sends something more."""
        return not self.buffer and not self._more()
