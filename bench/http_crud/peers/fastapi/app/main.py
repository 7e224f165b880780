"""The application: get one, list a page, create."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, HTTPException, Query, status
from sqlalchemy import select, tuple_

from app.auth import Reader, Writer
from app.database import Session, engine
from app.models import Item, ItemCreate, ItemOut, ItemPage, ItemStatus


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/v1/items/{item_id}")
async def get_item(item_id: UUID, session: Session, principal: Reader) -> ItemOut:
    item = await session.scalar(select(Item).where(Item.id == item_id, Item.organization_id == principal.org))
    if item is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return ItemOut.model_validate(item)


@app.get("/v1/items")
async def list_items(
    session: Session,
    principal: Reader,
    item_status: Annotated[ItemStatus, Query(alias="status")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> ItemPage:
    query = (
        select(Item)
        .where(Item.organization_id == principal.org, Item.status == item_status)
        .order_by(Item.created_at.desc(), Item.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(tuple_(Item.created_at, Item.id) < decode_cursor(cursor))
    found = (await session.scalars(query)).all()
    return ItemPage(
        items=[ItemOut.model_validate(item) for item in found[:limit]],
        next_cursor=encode_cursor(found[limit - 1]) if len(found) > limit else None,
    )


@app.post("/v1/items", status_code=status.HTTP_201_CREATED)
async def create_item(data: ItemCreate, session: Session, principal: Writer) -> ItemOut:
    item = Item(**data.model_dump(), organization_id=principal.org)
    session.add(item)
    await session.commit()
    return ItemOut.model_validate(item)


def encode_cursor(item: Item) -> str:
    return urlsafe_b64encode(f"{item.created_at.isoformat()}|{item.id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        created_at, _, item_id = urlsafe_b64decode(cursor).decode().partition("|")
        return datetime.fromisoformat(created_at), UUID(item_id)
    except ValueError:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, "cursor") from None
