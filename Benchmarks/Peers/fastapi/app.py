import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, CookieTransport
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

HERE = Path(__file__).resolve().parent
LIFETIME = 7 * 24 * 3600

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['PEER_DATABASE']}")
new_session = async_sessionmaker(engine, expire_on_commit=False)
templates = Jinja2Templates([HERE / "templates", HERE.parent / "shared"])
templates.env.auto_reload = False  # otherwise each page asks the disk whether its template has changed


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


class UserManager(UUIDIDMixin, BaseUserManager[User, UUID]):
    pass


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


async def get_users(session: Annotated[AsyncSession, Depends(get_session)]) -> SQLAlchemyUserDatabase:
    return SQLAlchemyUserDatabase(session, User)


async def get_tokens(session: Annotated[AsyncSession, Depends(get_session)]) -> SQLAlchemyAccessTokenDatabase:
    return SQLAlchemyAccessTokenDatabase(session, AccessToken)


async def get_manager(users: Annotated[SQLAlchemyUserDatabase, Depends(get_users)]) -> UserManager:
    return UserManager(users, PasswordHelper(PasswordHash([BcryptHasher(rounds=12)])))


def get_strategy(tokens: Annotated[SQLAlchemyAccessTokenDatabase, Depends(get_tokens)]) -> DatabaseStrategy:
    return DatabaseStrategy(tokens, lifetime_seconds=LIFETIME)


backend = AuthenticationBackend("cookie", CookieTransport(cookie_max_age=LIFETIME), get_strategy)
users = FastAPIUsers[User, UUID](get_manager, [backend])
current_user = users.current_user(optional=True, active=True)
app = FastAPI(openapi_url=None)
app.include_router(users.get_auth_router(backend))  # POST /login and POST /logout


@app.get("/constant")
async def constant() -> PlainTextResponse:
    return PlainTextResponse("Hello")


@app.get("/login")
async def login(request: Request) -> HTMLResponse:
    return templates.TemplateResponse(request, "login.html")


@app.get("/protected", response_model=None)
async def protected(request: Request, user: Annotated[User | None, Depends(current_user)]) -> Response:
    if user is None:
        return RedirectResponse("/login", status_code=303)
    return templates.TemplateResponse(request, "protected.html", {"user": user})
