"""Conditions that clients of a list may add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Column, ColumnElement


@dataclass(frozen=True)
class Filter:
    """A condition that a client may add."""

    type: Any
    """The Python type of its value, for checking and for the OpenAPI document."""
    condition: Callable[[ColumnElement[Any]], ColumnElement[bool]]
    """Makes the condition from the parameter that will carry the value."""
    description: str = ""
    db_type: Any = None
    """The column type of the parameter where the condition does not imply one."""


def equals(column: Column[Any], type_: Any, description: str = "") -> Filter:
    """Rows whose column is the value.

    Raises:
        TypeError: an enum that is not one of text, which no driver takes.
    """
    if isinstance(type_, type) and issubclass(type_, Enum) and not issubclass(type_, str):
        raise TypeError(f"{column}: {type_.__name__} is asked for by its text: derive it from StrEnum")
    return Filter(type_, lambda value: column == value, description, column.type)


def at_least(column: Column[Any], type_: Any, description: str = "") -> Filter:
    """Rows whose column is the value or more."""
    return Filter(type_, lambda value: column >= value, description, column.type)


def below(column: Column[Any], type_: Any, description: str = "") -> Filter:
    """Rows whose column is less than the value."""
    return Filter(type_, lambda value: column < value, description, column.type)
