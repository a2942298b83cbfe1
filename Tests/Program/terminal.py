"""A command at a terminal."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios

from program import ENVIRONMENT, SAFETY_SECONDS, binary


class Terminal:
    """A command at a pseudo-terminal. `seen` is all that the terminal has shown."""

    def __init__(self, *arguments, cwd, program: str | None = None):
        self.master, self.slave = pty.openpty()
        self.process = subprocess.Popen(
            [program or binary(), *map(str, arguments)], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            cwd=cwd, env=ENVIRONMENT, start_new_session=True, preexec_fn=self.become_foreground)
        self.seen = ""

    @staticmethod
    def become_foreground() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        # Whoever runs the tests in several processes ignores it in them, and so would the command.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], SAFETY_SECONDS)
        assert ready, f"nothing more after {self.seen!r}"
        data = os.read(self.master, 4096)
        self.seen += data.decode()
        return bool(data)

    def wait_for(self, text: str) -> None:
        start = len(self.seen)
        while text not in self.seen[start:]:
            self.read()

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def answer(self, prompt: str, text: str) -> None:
        self.wait_for(prompt)
        self.type(text + "\n")

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self) -> int:
        status = self.process.wait(timeout=SAFETY_SECONDS)
        while select.select([self.master], [], [], 0)[0]:
            self.read()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)
