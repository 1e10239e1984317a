"""Druva's REST APIs.

    import druva

    with druva.Client(client_id="...", client_secret="...") as client:
        for device in client.insync.devices.list():
            print(device.device_name, device.last_connected)

`Client` blocks, `AsyncClient` is for asyncio; both have the same methods. Everything that goes wrong is a `DruvaError`.

Importing this package loads next to nothing: the rest comes with the first name that is used.
"""

from __future__ import annotations

import os
import sys

from . import _errors
from ._errors import *

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._client import AsyncClient, Client
    from ._credential import CredentialProvider
    from ._customers import ForCustomer
    from ._doctor import Diagnosis, Finding
    from ._druva import Cancel
    from ._druva import __version__ as __version__
    from ._operations import Operation, Parameter, operations
    from ._pages import AsyncPages, Pages
    from ._response import Response

__all__ = ["AsyncClient", "AsyncPages", "Cancel", "Client", "CredentialProvider", "Diagnosis"]
__all__ += ["Finding", "ForCustomer", "Operation", "Pages", "Parameter", "Response", "operations"]
__all__ += _errors.__all__

_HOME = {
    "AsyncClient": "_client",
    "AsyncPages": "_pages",
    "Cancel": "_druva",
    "Client": "_client",
    "CredentialProvider": "_credential",
    "Diagnosis": "_doctor",
    "Finding": "_doctor",
    "ForCustomer": "_customers",
    "Operation": "_operations",
    "Pages": "_pages",
    "Parameter": "_operations",
    "Response": "_response",
    "operations": "_operations",
    "__version__": "_druva",
}

if not TYPE_CHECKING:
    # Type checkers would take it to have every name, misspelt ones too.
    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(__import__(f"{__name__}.{_HOME[name]}", fromlist=[name]), name)
        globals()[name] = value
        return value


def _let_imports_end() -> None:
    """Waits for those modules of this package that other threads are importing at this moment: a child forked meanwhile
    would wait for them for ever, since Python's locks of modules stay locked in it."""
    for name in list(getattr(sys.modules.get("_frozen_importlib"), "_module_locks", ())):
        if name.startswith(f"{__name__}."):
            __import__(name)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_let_imports_end)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
