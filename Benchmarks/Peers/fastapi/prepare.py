"""Makes the tables and the one account."""

import asyncio
import os

from app import Base, User, engine, get_manager, new_session
from fastapi_users.schemas import BaseUserCreate
from fastapi_users_db_sqlalchemy import SQLAlchemyUserDatabase


async def prepare() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with new_session() as session:
        manager = await get_manager(SQLAlchemyUserDatabase(session, User))
        account = BaseUserCreate(email=os.environ["PEER_ACCOUNT"], password=os.environ["PEER_PASSWORD"])
        await manager.create(account)
    await engine.dispose()


asyncio.run(prepare())
