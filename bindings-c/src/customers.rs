//! The customers of a managed-service provider.

use crate::boundary::{Outcome, need, place, run, text};
use crate::client::druva_client;
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::Handle;
use crate::json::druva_json;
use druva::embed::{CallOptions, Handle as Client};
use druva::{Cancel, Error, Json};
use std::ffi::{c_char, c_void};
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};

/// Work for one customer. `client` is the customer's own, NULL where Druva gives the customer no id; `customer` is what
/// msp.customers.list says of it. Both live until this returns. Blocking calls are right here.
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

/// Lists all customers of a managed-service provider, then runs `work` for each of them and blocks until all is done: for
/// at most `concurrency` (0 is 8) at the same time, each on a thread of its own, the calling one among them. Fails when the
/// customers cannot be listed: then no work was begun. What fails in `work` is its own to note in `userdata`, and keeps
/// nothing else from being done.
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
            let customers = listed(&client)?;
            let workers = if concurrency == 0 { 8 } else { concurrency }.min(customers.len());
            let left = Mutex::new(customers.into_iter());
            let labour = || {
                while let Some(customer) = next(&left) {
                    work.run(&client, customer);
                }
            };
            std::thread::scope(|scope| {
                for _ in 1..workers {
                    // Where the operating system gives no more threads, those that there are do the work.
                    if std::thread::Builder::new().spawn_scoped(scope, labour).is_err() {
                        break;
                    }
                }
                labour();
            });
            Ok(Outcome::Ok)
        })
    }
}

/// Takes one without holding the lock while it is worked for.
fn next(customers: &Mutex<std::vec::IntoIter<Json>>) -> Option<Json> {
    customers.lock().unwrap_or_else(PoisonError::into_inner).next()
}

struct Work {
    function: unsafe extern "C" fn(*mut c_void, *const druva_client, *const druva_json),
    userdata: *mut c_void,
}

// SAFETY: whoever gives work agrees that it is called with its userdata on several threads at once.
unsafe impl Sync for Work {}

impl Work {
    fn run(&self, provider: &Client, customer: Json) {
        let id = customer.get("id").and_then(|id| Some(id.as_str()?.into_owned())).unwrap_or_default();
        let client = provider.customer(&id).map_or(null_mut(), druva_client::give);
        let customer = druva_json::new(customer);
        // SAFETY: the function and its userdata are what the caller asked to be called with.
        unsafe { (self.function)(self.userdata, client, &customer) };
        druva_client::end(client);
    }
}

/// Every customer.
fn listed(provider: &Client) -> Result<Vec<Json>, Error> {
    let pages = provider.pages("msp.customers.list", Vec::new(), &CallOptions::default())?;
    let mut customers = Vec::new();
    while let Some(page) = pages.next(&Cancel::new(), None)? {
        customers.extend(page.json()?.get("customers").iter().flat_map(Json::elements));
    }
    Ok(customers)
}
