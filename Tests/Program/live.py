"""The stream by which an open page learns that its session has ended."""

import re

from program import Server

ENDED = b"event: ended\ndata: "


class Stream:
    """One open stream. `seen` is what has come, without the chunks' frames."""

    def __init__(self, server: Server, cookie: str, session: str | None = None):
        self.wire = server.wire()
        session = session or session_of(server, cookie)
        self.wire.send_request("GET", f"/account/live?session={session}", [("Host", server.host), ("Cookie", cookie)])
        lines = self.wire._until(b"\r\n\r\n").decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in lines[1:]}
        self.seen = b""
        # The first line comes at once: a page waits for it to know that it is connected.
        if self.status == 200:
            self.read()

    def read(self) -> bool:
        """One more chunk; false at the end."""
        size = int(self.wire._until(b"\r\n"), 16)
        self.seen += self.wire._exactly(size)
        self.wire._exactly(2)
        return size > 0

    def told(self) -> bool:
        """Waits for the end of the stream: whether it says that the session has ended."""
        while self.read():
            pass
        return ENDED in self.seen

    def is_silent(self) -> bool:
        """Nothing has come, for as long as a revocation takes to be seen several times over."""
        self.wire.socket.settimeout(1.5)
        try:
            return not self.read()
        except TimeoutError:
            return True
        finally:
            self.wire.socket.settimeout(30)

    def close(self) -> None:
        self.wire.socket.close()


def session_of(server: Server, cookie: str) -> str:
    return re.search(r'data-session="([0-9a-f]{32})"', server.get("/protected", cookie).text)[1]
