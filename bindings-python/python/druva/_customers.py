"""The customers of a managed-service provider: a client for each, and work for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast, overload

import msgspec

from ._druva import Cancel
from ._errors import ArgumentError, CancelledError
from ._resource import AsyncResource, Resource

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from ._client import AsyncClient, Client
    from .api.msp import Customer

T = TypeVar("T")


class ForCustomer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What the work for one customer came to."""

    customer: Customer
    """The customer, as listed."""
    value: T | None = None
    """What the work gave; `None` if it failed."""
    error: Exception | None = None
    """What the work raised; `None` if it was done."""

    def result(self) -> T:
        """What the work gave. Raises what it raised."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


class Customers(Resource):
    """What a provider's resource has beside operations."""

    __slots__ = ()

    def customer(self, customer_id: str) -> Client:
        """A client of one customer: its calls carry a token of the customer's, fetched with the provider's own when it
        is first needed. Clients of one customer share the token.

        Raises `ArgumentError` when the id is empty, or when this is itself the client of a customer."""
        return self._client._of_customer(customer_id)

    def for_each_customer(
        self, work: Callable[[Client, Customer], T], *, concurrency: int = 8
    ) -> list[ForCustomer[T]]:
        """Does work for every customer, with a client of the customer's.

            for outcome in client.msp.for_each_customer(lambda client, customer: count(client)):
                print(outcome.customer.customer_name, outcome.value, outcome.error)

        All customers are listed first: what that raises is raised, and no work has begun. Then `work` is called on
        threads. What it raises for one customer stands in that customer's outcome and stops no other. Ctrl-C ends the
        calls that are under way, begins no more work, and leaves no outcomes: work stores by itself what must be kept.

        work: Called with a client of the customer's, and the customer.
        concurrency: How many customers at a time.

        Gives the outcomes in the order of the customers."""
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        from .api.msp import Msp

        _positive(concurrency)
        customers = list(Msp(self._client).customers.list())
        stop = Cancel()

        def one(customer: Customer) -> ForCustomer[T]:
            try:
                client = self._client._of_customer(customer.id or "", stop)
                return ForCustomer(customer=customer, value=work(client, customer))
            except Exception as error:
                return ForCustomer(customer=customer, error=error)

        with ThreadPoolExecutor(concurrency, "druva-customer") as pool:
            try:
                working = [pool.submit(one, customer) for customer in customers]
                # Only what ends programs gets past `one`; it is raised here.
                for done in wait(working, return_when=FIRST_EXCEPTION).done:
                    done.result()
            except BaseException:
                stop.cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [done.result() for done in working]


class AsyncCustomers(AsyncResource):
    """What a provider's resource has beside operations."""

    __slots__ = ()

    def customer(self, customer_id: str) -> AsyncClient:
        """A client of one customer: its calls carry a token of the customer's, fetched with the provider's own when it
        is first needed. Clients of one customer share the token.

        Raises `ArgumentError` when the id is empty, or when this is itself the client of a customer."""
        return self._client._of_customer(customer_id)

    @overload
    async def for_each_customer(
        self, work: Callable[[AsyncClient, Customer], Awaitable[T]], *, concurrency: int = 8
    ) -> list[ForCustomer[T]]: ...

    @overload
    async def for_each_customer(
        self, work: Callable[[AsyncClient, Customer], T], *, concurrency: int = 8
    ) -> list[ForCustomer[T]]: ...

    async def for_each_customer(
        self, work: Callable[[AsyncClient, Customer], Awaitable[T] | T], *, concurrency: int = 8
    ) -> list[ForCustomer[T]]:
        """Does work for every customer, with a client of the customer's.

            async def devices(client, customer):
                return [device async for device in client.insync.devices.list()]

            for outcome in await client.msp.for_each_customer(devices):
                print(outcome.customer.customer_name, outcome.value, outcome.error)

        All customers are listed first: what that raises is raised, and no work has begun. Then each work is a task.
        What it raises for one customer stands in that customer's outcome and stops no other. Cancelling cancels the
        tasks, begins no more, and leaves no outcomes: work stores by itself what must be kept.

        work: Called with a client of the customer's, and the customer.
        concurrency: How many customers at a time.

        Gives the outcomes in the order of the customers."""
        import asyncio
        from inspect import isawaitable

        from .api.msp import AsyncMsp

        _positive(concurrency)
        customers = [customer async for customer in AsyncMsp(self._client).customers.list()]

        async def one(customer: Customer) -> T:
            value = work(self._client._of_customer(customer.id or ""), customer)
            return cast("T", await value if isawaitable(value) else value)

        working: list[asyncio.Task[T]] = []
        running: set[asyncio.Task[T]] = set()
        try:
            for customer in customers:
                if len(running) >= concurrency:
                    _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                working.append(asyncio.create_task(one(customer)))
                running.add(working[-1])
            if running:
                await asyncio.wait(running)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        return [_outcome(customer, task) for customer, task in zip(customers, working, strict=True)]


def _positive(concurrency: int) -> None:
    if concurrency < 1:
        raise ArgumentError(f"concurrency is {concurrency}, and has to be at least 1")


def _outcome(customer: Customer, task: asyncio.Task[T]) -> ForCustomer[T]:
    import asyncio

    try:
        return ForCustomer(customer=customer, value=task.result())
    except asyncio.CancelledError as cancelled:
        # The work cancelled itself: for_each_customer has not been.
        error = CancelledError("the work for this customer was cancelled")
        error.__cause__ = cancelled
        return ForCustomer(customer=customer, error=error)
    except Exception as error:
        return ForCustomer(customer=customer, error=error)
