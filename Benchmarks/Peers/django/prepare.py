"""Makes the tables and the one account."""

import os

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402  models can be imported only after setup

call_command("migrate", verbosity=0)
User.objects.create_user(os.environ["PEER_ACCOUNT"], password=os.environ["PEER_PASSWORD"])
