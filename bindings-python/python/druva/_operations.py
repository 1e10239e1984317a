"""The operations that `call` knows."""

from __future__ import annotations

import json
from functools import cache
from typing import Literal, TypedDict

from . import _druva


class Parameter(TypedDict):
    """An argument of an operation."""

    name: str
    """What `call` knows it by."""
    wire: str
    """What it is called in the request; mostly the same."""
    place: Literal["path", "query", "header", "body"]
    """Where in the request it goes."""
    type: str
    """Its type in Druva's terms: `integer`, `list of string`, the name of an object."""
    required: bool
    """Whether it has to be given."""


class Operation(TypedDict):
    """What there is to know of an operation."""

    id: str
    """What `call` knows it by: `insync.devices.list`."""
    product: str
    """The part of Druva it belongs to, the first part of its id."""
    method: str
    """The HTTP method."""
    path: str
    """The path, arguments in braces."""
    routes: dict[str, str]
    """The path on each cloud where it is another one."""
    summary: str
    """What it does, in a sentence."""
    params: list[Parameter]
    """Its arguments."""
    answer: str | None
    """The answer's type, or its media type where it is no JSON; `None` where nothing is answered."""
    paging: Literal["token", "number", "offset", "tracker"] | None
    """Of a list, what its pages go on by: the answer's token, a page's number, the number of items so far, or the
    tracker of an event feed."""
    cursor: str | None
    """Of a list, the argument that says where to go on: `pageToken`. Giving it starts there."""
    items: str | None
    """Of a list, where the items stand in an answer: `devices`, or `results.usersList`."""
    state: str | None
    """Where it says how far work has come, for `wait`."""
    retry: Literal["safe", "idempotent", "never"]
    """Whether it may be sent again when its outcome is unknown: it only reads, doing it twice is doing it once, or no."""
    clouds: list[str]
    """The clouds that have it."""
    documents: list[str]
    """Those of Druva's documents that describe it."""
    deprecated: str | None
    """Why not to use it any more, and what instead."""


@cache
def table() -> dict[str, Operation]:
    """Every operation by its id."""
    return {operation["id"]: operation for operation in operations()}


def operations() -> list[Operation]:
    """Every operation that `call` knows."""
    found: list[Operation] = json.loads(_druva.operations())
    return found
