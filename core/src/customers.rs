//! All customers of a managed-service provider.

use crate::api::msp::Customer;
use crate::{Client, Error, Result};
use std::future::Future;
use tokio::task::JoinSet;

/// What work for one customer came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct ForCustomer<T> {
    /// The customer.
    pub customer: Customer,
    /// What the work gave, or why it failed.
    pub result: Result<T>,
}

/// Runs work for every customer, at most `concurrency` at a time.
///
/// All customers are listed first: when that fails, no work has begun. After that nothing stops it: a customer's failure
/// stands in its own outcome. Outcomes come in the order of the list.
pub(crate) async fn for_each<T, F, W>(provider: &Client, concurrency: usize, work: F) -> Result<Vec<ForCustomer<T>>>
where
    T: Send + 'static,
    F: Fn(Client, Customer) -> W,
    W: Future<Output = Result<T>> + Send + 'static,
{
    let mut customers = Vec::new();
    let mut listed = provider.msp().customers().list().items();
    while let Some(customer) = listed.next().await {
        customers.push(customer?);
    }
    let mut outcomes: Vec<Option<Result<T>>> = customers.iter().map(|_| None).collect();
    let mut running = JoinSet::new();
    for (at, customer) in customers.iter().enumerate() {
        if running.len() >= concurrency.max(1) {
            note(&mut outcomes, running.join_next().await);
        }
        match provider.customer(customer.id().unwrap_or_default()) {
            Ok(client) => {
                let work = work(client, customer.clone());
                running.spawn(async move { (at, work.await) });
            }
            Err(error) => outcomes[at] = Some(Err(error)),
        }
    }
    while let Some(ended) = running.join_next().await {
        note(&mut outcomes, Some(ended));
    }
    // What has no outcome has panicked: the panic has been printed, and the others are not to be lost for it.
    let lost = || Err(Error::internal("the work for this customer panicked"));
    let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(lost));
    Ok(customers.into_iter().zip(outcomes).map(|(customer, result)| ForCustomer { customer, result }).collect())
}

fn note<T>(
    outcomes: &mut [Option<Result<T>>],
    ended: Option<std::result::Result<(usize, Result<T>), tokio::task::JoinError>>,
) {
    if let Some(Ok((at, outcome))) = ended {
        outcomes[at] = Some(outcome);
    }
}
