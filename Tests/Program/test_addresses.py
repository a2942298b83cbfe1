"""What is counted for each client's address, and which address that is."""

import json
import re
import socket

import pytest

from program import CHEAP, PASSWORD, Server, assert_one_line

WRONG = "not the password"
PROXIED = CHEAP | {"proxies": "127.0.0.1"}


@pytest.fixture
def throttled(tmp_path):
    with Server(tmp_path, throttled=True) as server:
        yield server


@pytest.fixture
def proxied(tmp_path):
    """Behind a proxy on this machine, which is the only one that is believed."""
    with Server(tmp_path, settings=PROXIED, throttled=True) as server:
        yield server


def guess(server, name, *forwarded, password=WRONG):
    headers = [("X-Forwarded-For", value) for value in forwarded]
    return server.post("/login", {"username": name, "password": password}, headers=headers)


def last_origin(server) -> str:
    return server.json("audit", "list", "--last", "1")[0]["origin"]


def failures(server, kind: str) -> dict[str, int]:
    return {line["subject"]: line["failures"] for line in server.json("throttle", "list") if line["kind"] == kind}


@pytest.mark.clause("NIST R5")
def test_a_success_clears_what_was_counted_for_the_account_and_not_for_the_address(throttled):
    throttled.add("ada")
    for number in range(19):
        assert guess(throttled, f"stranger{number}").status == 422
    assert guess(throttled, "ada").status == 422
    # The address has used up its attempts: the right password does not help it, nor another name.
    assert guess(throttled, "ada", password=PASSWORD).status == 429
    assert guess(throttled, "somebody").status == 429
    throttled.ok("throttle", "clear", "--address", "127.0.0.1")
    for _ in range(5):
        assert guess(throttled, "ada").status == 422
    before = failures(throttled, "address")["127.0.0.1"]
    assert before == 5 and failures(throttled, "account") == {"ada": 6}
    assert guess(throttled, "ada", password=PASSWORD).status == 303
    assert failures(throttled, "account") == {}
    assert failures(throttled, "address") == {"127.0.0.1": before}


@pytest.mark.clause("ASVS 2.4.1")
def test_wrong_recovery_codes_are_counted_for_the_address(throttled):
    throttled.add("ada")
    code = throttled.json("user", "reset", "ada")["code"]
    fields = {"username": "ada", "code": "0" * 32, "password": PASSWORD, "confirm_password": PASSWORD}
    for _ in range(20):
        assert throttled.post("/recover", fields).status == 422
    for headers in ([], [("Accept", "application/json")]):
        answer = throttled.post("/recover", fields, headers=headers)
        assert answer.status == 429 and 1 <= int(answer["retry-after"]) <= 30
        assert "Too many attempts. Try again in" in answer.text
    # Whoever has the right one does not wait for what others do at the same address.
    assert throttled.post("/recover", fields | {"code": code}).status == 303


@pytest.mark.clause("ASVS 4.1.3", "ASVS 15.3.4")
@pytest.mark.parametrize("forwarded, origin", [
    ([], "127.0.0.1"),
    (["203.0.113.9"], "203.0.113.9"),
    (["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    (["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
    (["203.0.113.9, 127.0.0.1"], "203.0.113.9"),
    (["6.6.6.6, 127.0.0.1, 203.0.113.9, 127.0.0.1"], "203.0.113.9"),
    (["  203.0.113.9  "], "203.0.113.9"),
    (["::ffff:203.0.113.9"], "203.0.113.9"),
    (["2001:DB8::1"], "2001:db8:0:0:0:0:0:1"),
    # What no proxy of ours wrote ends the search, where it stands.
    (["6.6.6.6, unknown"], "127.0.0.1"),
    (["6.6.6.6, garbage, 127.0.0.1"], "127.0.0.1"),
    (["6.6.6.6,"], "127.0.0.1"),
    ([""], "127.0.0.1"),
    (["6.6.6.6, 203.0.113.9:4711"], "127.0.0.1"),
    (["6.6.6.6, [2001:db8::1]"], "127.0.0.1"),
    (["6.6.6.6, 0x7f.1"], "127.0.0.1"),
    (["6.6.6.6, 203.0.113.9 7.7.7.7"], "127.0.0.1"),
    (["6.6.6.6, fe80::1%eth0"], "127.0.0.1"),
    (["6.6.6.6, " + "1" * 4000], "127.0.0.1"),
    ([",".join(["1.2.3.4"] * 500)], "1.2.3.4"),
])
def test_the_address_is_read_from_the_right_up_to_the_first_that_is_no_proxy(forwarded, origin, proxied_once):
    assert guess(proxied_once, "nobody", *forwarded).status in (422, 429)
    assert last_origin(proxied_once) == origin
    # Sessions remember the same.
    answer = guess(proxied_once, "ada", *forwarded, password=PASSWORD)
    assert answer.status == 303
    [session] = [line for line in proxied_once.json("session", "list") if line["username"] == "ada"][:1]
    assert session["address"] == origin


@pytest.fixture(scope="module")
def proxied_once(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("proxied"), settings=PROXIED) as server:
        server.add("ada")
        yield server


@pytest.mark.clause("ASVS 15.3.4", "ASVS 6.3.1")
def test_a_guesser_cannot_choose_the_address_that_is_counted(proxied):
    for number in range(20):
        assert guess(proxied, f"n{number}", f"198.51.100.{number}, 203.0.113.9").status == 422
    assert guess(proxied, "n20", "198.51.100.99, 203.0.113.9").status == 429
    assert guess(proxied, "n20", "203.0.113.10").status == 422
    assert failures(proxied, "address") == {"203.0.113.9": 20, "203.0.113.10": 1}


@pytest.mark.clause("ASVS 6.3.1")
def test_a_network_of_ipv6_is_one_client(proxied):
    for number in range(20):
        assert guess(proxied, f"n{number}", f"2001:db8:7:1:{number:x}::{number + 1:x}").status == 422
    assert guess(proxied, "n20", "2001:db8:7:1:ffff:ffff:ffff:ffff").status == 429
    assert guess(proxied, "n20", "2001:db8:7:2::1").status == 422
    assert failures(proxied, "address") == {"2001:db8:7:1::/64": 20, "2001:db8:7:2::/64": 1}
    # Any address of the network names it.
    assert proxied.ok("throttle", "clear", "--address", "2001:db8:7:1::abc") == "Cleared 1 count.\n"
    assert guess(proxied, "n20", "2001:db8:7:1::1").status == 422


@pytest.mark.clause("ASVS 2.4.1")
def test_registrations_are_counted_for_each_address_apart_from_logins(proxied):
    def register(name, forwarded):
        fields = {"username": name, "password": PASSWORD, "confirm_password": PASSWORD}
        return proxied.post("/register", fields, headers=[("X-Forwarded-For", forwarded)])

    for number in range(20):
        assert register(f"n{number}", "203.0.113.9").status == 303
    answer = register("another", "203.0.113.9")
    assert answer.status == 429 and answer["retry-after"] == "30"
    assert proxied.command("user", "show", "another").returncode == 1
    assert register("another", "203.0.113.10").status == 303
    # Who may not register for a while may log in.
    assert guess(proxied, "n0", "203.0.113.9", password=PASSWORD).status == 303


@pytest.mark.clause("ASVS 2.4.1", "ASVS 6.3.1")
def test_a_guesser_who_sends_json_waits_as_everybody_does(throttled):
    throttled.add("ada")

    def guess_json(password):
        return throttled.post(
            "/login", json.dumps({"username": "ada", "password": password}).encode(),
            content_type="application/json", headers=[("Accept", "application/json")])

    for _ in range(10):
        assert guess_json(WRONG).status == 422
    answer = guess_json(PASSWORD)
    assert answer.status == 429 and int(answer["retry-after"]) >= 1
    assert re.match(r"Too many attempts\. Try again in \d+ seconds?\.", json.loads(answer.text)["message"])


def test_the_owner_of_a_disabled_account_is_told_only_with_the_password(throttled):
    throttled.add("ada")
    throttled.ok("user", "disable", "ada")
    assert "disabled" in guess(throttled, "ada", password=PASSWORD).text
    for _ in range(10):
        answer = guess(throttled, "ada")
        assert answer.status == 422 and "disabled" not in answer.text
    answer = guess(throttled, "ada", password=PASSWORD)
    assert answer.status == 429 and "disabled" not in answer.text


@pytest.mark.parametrize("options", [[], ["--hostname", "::1"], ["--hostname", "localhost"],
                                     ["--origin", "http://localhost:3000"]])
def test_throttles_may_be_off_where_nobody_else_comes_in(tmp_path, options):
    if "::1" in options:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this machine has no IPv6")
    server = Server(tmp_path, *options, LATCHKEY_THROTTLE="off").start()
    server.stop()


@pytest.mark.clause("ASVS 6.3.1")
@pytest.mark.parametrize("options", [
    ["--origin", "https://example.org"], ["--hostname", "0.0.0.0", "--origin", "https://example.org"],
    ["--hostname", "0.0.0.0", "--origin", "http://192.0.2.1:3000", "--allow-plain-http"],
    ["--hostname", "0.0.0.0", "--origin", "http://localhost:3000", "--allow-plain-http"],
    ["--hostname", "127.0.0.1", "--origin", "http://192.0.2.1:3000", "--allow-plain-http"]])
def test_throttles_are_never_off_where_others_come_in(database, options):
    text = assert_one_line(database.command("serve", "--port", "0", *options, LATCHKEY_THROTTLE="off"), 1)
    assert "throttle" in text
