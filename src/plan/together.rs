//! Doing many things at once. How many requests fly is not decided here: the service's side keeps the pace.

use std::future::Future;
use tokio::task::JoinSet;

/// Runs all at once and gives the results in the order of the tasks.
pub(crate) async fn all<T, F>(tasks: Vec<F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    all_with(tasks, &mut |_| {}).await
}

/// The same, telling after each how many are done.
pub(crate) async fn all_with<T, F>(tasks: Vec<F>, done: &mut (dyn FnMut(usize) + Send)) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut running = JoinSet::new();
    for (number, task) in tasks.into_iter().enumerate() {
        running.spawn(async move { (number, task.await) });
    }
    let mut results = Vec::new();
    while let Some(joined) = running.join_next().await {
        match joined {
            Ok(result) => results.push(result),
            Err(error) => match error.try_into_panic() {
                // A panic belongs to whoever waits.
                Ok(panic) => std::panic::resume_unwind(panic),
                // Nothing here aborts tasks: the runtime goes down, and nobody will wait for this any more.
                Err(_) => std::future::pending().await,
            },
        }
        done(results.len());
    }
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
