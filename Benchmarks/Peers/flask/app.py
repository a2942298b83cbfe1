import os
from pathlib import Path

import bcrypt
from flask import Flask, Response, redirect, render_template, session
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, login_required, login_user, logout_user
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import FileSystemLoader
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired

HERE = Path(__file__).resolve().parent

app = Flask(__name__)
app.jinja_loader = FileSystemLoader([HERE / "templates", HERE.parent / "shared"])
db = SQLAlchemy()
app.config.update(
    SECRET_KEY=os.environ["PEER_SECRET"],
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{os.environ['PEER_DATABASE']}",
    SESSION_TYPE="sqlalchemy",
    SESSION_SQLALCHEMY=db,
    # With the default, true, each request would write the session, only to move its end.
    SESSION_REFRESH_EACH_REQUEST=False,
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_SAMESITE="Lax",
)
db.init_app(app)
Session(app)
CSRFProtect(app)
logins = LoginManager(app)
logins.login_view = "login"


class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[bytes]


class LoginForm(FlaskForm):
    username = StringField("Username", validators=[DataRequired()])
    password = PasswordField("Password", validators=[DataRequired()])
    submit = SubmitField("Login")


@logins.user_loader
def load_user(identifier: str) -> User | None:
    return db.session.get(User, int(identifier))


@app.get("/constant")
def constant() -> ResponseReturnValue:
    return Response("Hello", mimetype="text/plain")


@app.get("/protected")
@login_required
def protected() -> ResponseReturnValue:
    return render_template("protected.html")


@app.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    form = LoginForm()
    if form.validate_on_submit():
        user = db.session.scalar(db.select(User).filter_by(username=form.username.data))
        if user and bcrypt.checkpw(form.password.data.encode(), user.password_hash):
            # A new session id at each login, as Django, Devise and FastAPI-Users have it by themselves.
            app.session_interface.regenerate(session)
            login_user(user)
            return redirect("/protected")
    return render_template("login.html", form=form)


@app.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect("/login")
