"""Makes the tables and the one account."""

import os

import bcrypt
from app import User, app, db

with app.app_context():
    db.create_all()
    password_hash = bcrypt.hashpw(os.environ["PEER_PASSWORD"].encode(), bcrypt.gensalt(rounds=12))
    db.session.add(User(username=os.environ["PEER_ACCOUNT"], password_hash=password_hash))
    db.session.commit()
