"""Tags: made when a note first bears them, renamed, merged and removed everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.notes.contracts import Tag
from backstay.products.notes.errors import NoSuchTag
from backstay.products.notes.queries import tags as queries
from backstay.products.notes.queries.tags import TagRow
from backstay.products.notes.service.text import tag_key, tag_name


async def ensure_tags(uow: UnitOfWork, names: Mapping[str, str]) -> Sequence[TagRow]:
    """The actor's tags of these keys in alphabetical order, those that are missing made with these names."""
    if not names:
        return []
    tags = await uow.all(queries.TAGS_TO_LINK, keys=sorted(names))
    missing = names.keys() - {tag.key for tag in tags}
    new = [TagRow(uuid7(), names[key], key) for key in sorted(missing)]
    await uow.execute_many(queries.ADD_TAG, [{"id": tag.id, "name": tag.name, "key": tag.key} for tag in new])
    return sorted([*tags, *new], key=lambda tag: tag.key)


async def link_tags(uow: UnitOfWork, note_id: UUID, tags: Sequence[TagRow]) -> None:
    """Let the note bear these tags, beside those that it bears."""
    if tags:
        await uow.execute(queries.LINK, note_id=note_id, tag_ids=[tag.id for tag in tags])


async def relink_tags(uow: UnitOfWork, note_id: UUID, tags: Sequence[TagRow]) -> None:
    """Let the note bear these tags and no other."""
    await uow.execute(queries.UNLINK_OTHERS, note_id=note_id, tag_ids=[tag.id for tag in tags])
    await link_tags(uow, note_id, tags)


async def list_tags(reader: Reader, request: ListRequest) -> Page[Tag]:
    """The tags that the actor's living notes bear, with how many bear each."""
    if prefix := request.filters.get("prefix"):
        filters = {**request.filters, "prefix": tag_key(prefix)}
        request = msgspec.structs.replace(request, filters=filters)
    return await reader.page(queries.TAGS, request)


async def rename_tag(uow: UnitOfWork, name: str, new_name: str) -> Tag:
    """Give a tag another name on every note; the name of another tag merges the two.

    Raises:
        Invalid: the new name cannot be accepted.
        NoSuchTag: none of the actor's notes bears it.
    """
    errors: list[FieldError] = []
    tidy = tag_name(new_name, "/name", errors)
    if errors:
        raise Invalid(*errors)
    key, old_key = tag_key(tidy), tag_key(name)
    found = await _to_change(uow, old_key, key)
    if (source := found.get(old_key)) is None:
        raise NoSuchTag
    target = found.get(key) if key != old_key else None
    await uow.execute(queries.TOUCH_BEARERS, tag_id=source.id)
    into = None if target is None else target.id
    record(uow, "notes.tag_renamed", subject=("tag", source.id), after={"merged_into": into})
    if target is None:
        await uow.execute(queries.NAME_TAG, id=source.id, name=tidy, key=key)
        return await uow.one(queries.GET_TAG, id=source.id)
    await uow.execute(queries.MOVE_LINKS, source=source.id, target=target.id)
    await uow.execute(queries.DROP_TAG, id=source.id)
    return await uow.one(queries.GET_TAG, id=target.id)


async def remove_tag(uow: UnitOfWork, name: str) -> None:
    """Take a tag off every note.

    Raises:
        NoSuchTag: none of the actor's notes bears it.
    """
    tag = (await _to_change(uow, key := tag_key(name))).get(key)
    if tag is None:
        raise NoSuchTag
    await uow.execute(queries.TOUCH_BEARERS, tag_id=tag.id)
    await uow.execute(queries.DROP_TAG, id=tag.id)
    record(uow, "notes.tag_removed", subject=("tag", tag.id))


async def _to_change(uow: UnitOfWork, *keys: str) -> dict[str, TagRow]:
    tags = await uow.all(queries.TAGS_TO_CHANGE, keys=sorted({*keys}))
    return {tag.key: tag for tag in tags}
