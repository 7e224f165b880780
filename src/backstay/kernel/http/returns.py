"""What the type that a handler returns says of its answers."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_origin

from msgspec import Struct, structs

from backstay.kernel.database import Page
from backstay.kernel.http.response import Response, Streaming


def contract_of(returns: Any) -> Any:
    """What a handler's answer holds: `Note` for `Note`, `Response[Note]` and `Note | None`."""
    if get_origin(returns) is Response:
        return contract_of(get_args(returns)[0])
    members = [member for member in get_args(returns) if member is not type(None)]
    if type(None) in get_args(returns) and len(members) == 1:
        return contract_of(members[0])
    return returns


def has_version(contract: Any) -> bool:
    """Whether answers of this contract carry an entity tag."""
    return isinstance(contract, type) and issubclass(contract, Struct) and _counts_versions(contract)


@cache  # many routes answer with the same contract
def _counts_versions(contract: type[Struct]) -> bool:
    if "version" not in contract.__struct_fields__:  # most; asking for all their types is slow
        return False
    kinds = [field.type for field in structs.fields(contract) if field.name == "version"]
    return any(kind is int or int in get_args(kind) for kind in kinds)


def is_page(contract: Any) -> bool:
    """Whether the answer is one page of a list."""
    return get_origin(contract) is Page


def is_json(contract: Any) -> bool:
    """Whether answers of this contract are JSON."""
    if contract in {None, type(None), Response, Any, str, bytes}:
        return False
    return not (isinstance(contract, type) and issubclass(contract, Streaming))
