#!/usr/bin/env python3
"""Usage: Tests/Fixtures/make-django-sample.py Tests/Fixtures/django-sample.db

Makes the database of a Django site with its own migrations and its own hashers, as `django-admin startproject` and
`migrate` would. The passwords are the names. Needs Django, argon2-cffi and bcrypt from PyPI.
"""

import sys
from datetime import UTC, datetime

import django
from django.conf import settings

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    print(__doc__.strip())
    sys.exit(0 if {"-h", "--help"} & set(sys.argv) else 64)
settings.configure(
    SECRET_KEY="only for this file", USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    PASSWORD_HASHERS=[
        f"django.contrib.auth.hashers.{name}PasswordHasher"
        for name in ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt", "MD5")])
django.setup()
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
for number, (name, hasher, is_active) in enumerate([
        ("paula", "default", True), ("alma", "argon2", True), ("scott", "scrypt", False), ("old-md5", "md5", True)]):
    User.objects.create(
        username=name, password=make_password(name, hasher=hasher), is_active=is_active, email=f"{name}@example.org",
        date_joined=datetime(2024, 1, 1 + number, 12, 30, 15, 250_000, tzinfo=UTC))
directory = User.objects.create(username="ldap.person", password=make_password(None), email="ldap@example.org")
User.objects.create_superuser("José", password="José", email="jose@example.org")
session = SessionStore()
session["_auth_user_id"] = directory.pk
session.create()
