import type { CancelledError } from "./api/errors.js";
import type { Customer } from "./api/msp.js";
import type { Client } from "./index.js";

/** What work for one customer came to: its value, or the error that it failed with. */
export type ForCustomer<T> = { customer: Customer; value: T } | { customer: Customer; error: unknown };

/** How to go through all customers. */
export interface ForEachCustomerOptions {
  /** How many customers are worked for at a time. Default: 8. */
  concurrency?: number | undefined;
  /** Ends it: no more work begins. Hand the signal to the calls of the work, too, if they shall not run to their end. */
  signal?: AbortSignal | undefined;
}

/** What `forEachCustomer` fails with when its signal aborts before work has begun for every customer. */
export interface CustomersCancelled<T> extends CancelledError {
  /** What was done until then, in the order of the customers; not shown by `console.log`. */
  readonly outcomes: ForCustomer<T>[];
}

/** What a managed-service provider has beside operations. */
export interface Customers {
  /**
   * A client of one customer. Its calls carry a token of the customer's, which is fetched with the provider's when it is
   * first needed; all clients of a customer share it. It has no operations of the provider. Each client is closed by
   * itself: neither closes the other.
   *
   * @param customerId `id` of `client.msp.customers.list()`
   * @throws {ArgumentError} if the id is empty, or if this is not the client of a provider
   */
  customer(customerId: string): Client;

  /**
   * Does work for every customer, with a client of the customer's. The outcomes come in the order of
   * `client.msp.customers.list()`; a customer's failure stands in its own outcome and stops no other.
   *
   * ```js
   * const outcomes = await client.msp.forEachCustomer(async (client) => {
   *   let count = 0;
   *   for await (const _ of client.insync.devices.list()) count += 1;
   *   return count;
   * });
   * for (const outcome of outcomes) {
   *   if ("error" in outcome) console.error(outcome.customer.accountName, outcome.error);
   *   else console.log(outcome.customer.accountName, outcome.value);
   * }
   * ```
   *
   * @throws {DruvaError} if the customers cannot be listed: no work has begun then
   * @throws {CancelledError} if the signal aborts while there are customers for whom no work has begun, once the work that
   *   was running has ended; its `outcomes` are those until then (`CustomersCancelled`)
   */
  forEachCustomer<T>(
    work: (client: Client, customer: Customer) => T,
    options?: ForEachCustomerOptions,
  ): Promise<ForCustomer<Awaited<T>>[]>;
}
