"""A program's own function that gives the credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable

CredentialProvider = Callable[[], Mapping[str, str] | Awaitable[Mapping[str, str]]]
"""Gives `client_id` and `client_secret`, or `api_key`. It is called on a thread of its own, which it may block; what it
awaits runs on an event loop of that thread. What it raises becomes the `AuthError` of the calls that wait for it."""


def asked(provider: CredentialProvider) -> Callable[[], str]:
    """The provider as the core calls it."""
    if not callable(provider):
        from ._errors import ConfigError

        raise ConfigError("credential_provider is not a function")

    def ask() -> str:
        import json

        try:
            given = provider()
            if isawaitable(given):
                import asyncio

                given = asyncio.run(_awaited(given))
        except Exception as problem:
            # Its kind says more than its words alone: str(KeyError("x")) is 'x'.
            raise RuntimeError(f"{type(problem).__name__}: {problem}") from None
        if not isinstance(given, Mapping):
            raise RuntimeError(
                f"it gave {type(given).__name__}, not a mapping of client_id and client_secret"
            )
        return json.dumps(dict(given))

    return ask


async def _awaited(given: Awaitable[Mapping[str, str]]) -> Mapping[str, str]:
    return await given
