"""What the guide for several servers tells to type is typed here."""

import re
import shlex

from cluster import GUIDE, PostgresServer, as_user
from program import PASSWORD, Server, command

TEXT = GUIDE.read_text()
[SQL] = re.findall(r"```sql\n(.*?)```", TEXT, re.S)
COMMANDS = [line for block in re.findall(r"```text\n(.*?)```", TEXT, re.S) for line in block.splitlines()
            if line.startswith("latchkey ")]


def test_the_guide_is_typed_from_the_first_user_to_the_move(cluster, tmp_path):
    file = cluster.folder.write("guide.sql", SQL)
    as_user(cluster.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", cluster.folder.path,
            "-p", cluster.port, "-U", "latchkey", "-d", "postgres", "-f", file)
    # One machine, as it was before.
    with Server(tmp_path, database="app.db") as before:
        before.add("ada")
        cookie = before.log_in("ada")
    done = []
    for line in COMMANDS:
        words = shlex.split(line.removesuffix(" …").replace("db.example.org", f"127.0.0.1:{cluster.port}"))
        words.pop(0)
        if words[0] == "serve":
            url = words[words.index("--database") + 1]
            continue
        answer = command(*words, cwd=tmp_path)
        assert answer.returncode == 0, (words, answer.stderr)
        done.append(tuple(words[:2]))
    assert done == [("db", "migrate"), ("db", "roles"), ("db", "copy")]
    with PostgresServer(tmp_path, url) as server:
        assert server.may_enter(cookie)
        assert server.may_enter(server.log_in("ada", PASSWORD))
    assert cluster.sql("SELECT has_column_privilege('latchkey_app', 'account', 'password_hash', 'SELECT')", "app") == "f"
