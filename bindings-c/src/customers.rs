//! The customers of a managed-service provider.

use crate::boundary::{Outcome, need, place, run, text};
use crate::client::druva_client;
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::Handle;
use crate::json::druva_json;
use druva::embed::Handle as Client;
use druva::{Cancel, Error, Json};
use std::ffi::{c_char, c_void};
use std::sync::{Mutex, PoisonError};

/// Work for one customer. `client` is the customer's own and `customer` what `msp.customers.list` says of it; both live
/// until this returns. Several run at the same time, each on a thread of the SDK; blocking calls are right here.
pub type druva_customer_work =
    Option<unsafe extern "C" fn(userdata: *mut c_void, client: *const druva_client, customer: *const druva_json)>;

/// Makes a client of one customer of a managed-service provider, with the provider's own. The customer's token is fetched
/// with the provider's when it is first needed; the clients of one customer share it. Fails with DRUVA_ARGUMENT when
/// `client` is not the client of a provider. Free it with druva_client_free(), before or after the provider's.
///
/// # Safety
/// `customer_id` is NULL or NUL-terminated; `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_client_customer(
    client: *const druva_client,
    customer_id: *const c_char,
    out: *mut *mut druva_client,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let (client, out) = (need(client)?, place(out, "out")?);
            out.write(druva_client::give(client.customer(text(customer_id, "customer_id")?)?));
            Ok(Outcome::Ok)
        })
    }
}

/// Lists all customers of a managed-service provider, then runs `work` for each of them, at most `concurrency` at a time
/// (0 is 8), and blocks until all is done. Fails when the customers cannot be listed: then no work was begun. What fails
/// in `work` is its own to note, and keeps nothing else from being done.
///
/// # Safety
/// `work` may be called with `userdata` on several threads at once; `error` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_for_each_customer(
    client: *const druva_client,
    concurrency: usize,
    work: druva_customer_work,
    userdata: *mut c_void,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let client = need(client)?;
            let work = Work { function: work.ok_or_else(|| Error::argument("work is NULL"))?, userdata };
            let customers = Mutex::new(listed(&client)?.into_iter());
            let next = || customers.lock().unwrap_or_else(PoisonError::into_inner).next();
            std::thread::scope(|scope| {
                for _ in 0..if concurrency == 0 { 8 } else { concurrency } {
                    scope.spawn(|| {
                        while let Some((client, customer)) = next() {
                            work.run(client, customer);
                        }
                    });
                }
            });
            Ok(Outcome::Ok)
        })
    }
}

struct Work {
    function: unsafe extern "C" fn(*mut c_void, *const druva_client, *const druva_json),
    userdata: *mut c_void,
}

// SAFETY: whoever gives work agrees that it is called with its userdata on several threads at once.
unsafe impl Sync for Work {}

impl Work {
    fn run(&self, client: Client, customer: Json) {
        let client = druva_client::give(client);
        let customer = druva_json::new(customer);
        // SAFETY: the function and its userdata are what the caller asked to be called with.
        unsafe { (self.function)(self.userdata, client, &customer) };
        druva_client::end(client);
    }
}

/// Every customer, each with its client.
fn listed(provider: &Client) -> Result<Vec<(Client, Json)>, Error> {
    let pages = provider.pages("msp.customers.list", b"", &Default::default())?;
    let mut customers = Vec::new();
    while let Some(page) = pages.next(&Cancel::new(), None)? {
        for customer in page.json()?.path("customers").iter().flat_map(Json::elements) {
            let id = customer.get("id").and_then(|id| id.as_str().map(|id| id.into_owned()));
            customers.push((provider.customer(&id.unwrap_or_default())?, customer));
        }
    }
    Ok(customers)
}
