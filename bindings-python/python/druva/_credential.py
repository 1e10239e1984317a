"""A program's own function that gives the credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._druva import Cancel

CredentialProvider = Callable[[], Mapping[str, str] | Awaitable[Mapping[str, str]]]
"""Gives `client_id` and `client_secret`, or `api_key`. It is called on a thread of the SDK's own, which it may block; a
coroutine function runs there in an event loop of its own, not in the caller's. What it raises becomes the `AuthError` of the
calls that wait for it, and is its `__cause__`."""


class Asked:
    """The provider as a client holds it."""

    def __init__(self, provider: CredentialProvider) -> None:
        if not callable(provider):
            from ._errors import ConfigError

            raise ConfigError("credential_provider is not a function")
        self._provider = provider
        # What it raised last, and what the core was told of that.
        self._raised: tuple[Exception, str] | None = None

    def weakly(self) -> Callable[[], str]:
        """What the core calls. The core keeps nothing alive: a provider often refers to the client itself, and no
        garbage collector sees the circle behind the core."""
        there = ref(self)

        def ask() -> str:
            asked = there()
            if asked is None:
                raise RuntimeError("the client that it belongs to is gone")
            return asked._ask()

        return ask

    def _ask(self) -> str:
        import json
        from inspect import isawaitable

        self._raised = None
        try:
            given = self._provider()
            if isawaitable(given):
                import asyncio

                given = asyncio.run(_awaited(given))
        except Exception as problem:
            # Its kind says more than its words alone: str(KeyError("x")) is 'x'.
            told = f"{type(problem).__name__}: {problem}"
            self._raised = problem, told
            raise RuntimeError(told) from None
        if not isinstance(given, Mapping):
            raise RuntimeError(
                f"it gave {type(given).__name__}, not a mapping of client_id and client_secret"
            )
        return json.dumps(dict(given))

    def explain(self, error: Exception) -> None:
        """Makes what the provider raised the cause of the error that it led to."""
        if self._raised is not None and self._raised[1] in str(error):
            error.__cause__ = self._raised[0]

    async def explained(
        self, operation: str, submit: Callable[..., Cancel], *arguments: Any
    ) -> Any:
        """As `finished`, with errors explained."""
        from ._asyncio import finished
        from ._errors import AuthError

        try:
            return await finished(operation, submit, *arguments)
        except AuthError as error:
            self.explain(error)
            raise


async def _awaited(given: Awaitable[Mapping[str, str]]) -> Mapping[str, str]:
    return await given
