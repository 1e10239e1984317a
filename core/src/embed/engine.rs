//! The one runtime of a process, driven by whoever waits.

use super::{Cancel, Tick, Ticked};
use crate::{Error, Result};
use arc_swap::ArcSwapOption;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep};

/// How often a blocked caller looks for signals.
const TICK: Duration = Duration::from_millis(50);

/// How often what is ready is run when a client is closed.
const TURNS: usize = 8;

/// The runtime of one process.
struct Engine {
    process: u32,
    runtime: Runtime,
    driven: AtomicBool,
    /// Rings when a blocked caller is to look for signals. Kept from call to call: most end long before, and to set a timer
    /// and take it away again is a part of what they cost.
    bell: Mutex<Option<Pin<Box<Sleep>>>>,
    /// Submitted calls on their way to the runtime. It is woken once for all that come before it looks: spawning on it from
    /// elsewhere writes to its event queue each time.
    submit: UnboundedSender<Work>,
    submitted: Mutex<Option<UnboundedReceiver<Work>>>,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

static ENGINE: ArcSwapOption<Engine> = ArcSwapOption::const_empty();

/// Runtimes live as long as their process. Held here as well, they are not taken for leaks: what an ArcSwap holds points
/// past the start of the block, which leak checkers do not follow.
static KEPT: Mutex<Vec<Arc<Engine>>> = Mutex::new(Vec::new());

fn engine() -> Result<Arc<Engine>> {
    let process = std::process::id();
    loop {
        let current = ENGINE.load_full();
        if let Some(engine) = current.as_ref().filter(|engine| engine.process == process) {
            return Ok(engine.clone());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("the operating system gives no event queue: {error}")))?;
        let (submit, submitted) = unbounded_channel();
        let (driven, bell) = (AtomicBool::new(false), Mutex::new(None));
        let fresh = Arc::new(Engine { process, runtime, driven, bell, submit, submitted: Mutex::new(Some(submitted)) });
        let before = ENGINE.compare_and_swap(&current, Some(fresh.clone()));
        let swapped = match (&*before, &current) {
            (None, None) => true,
            (Some(before), Some(current)) => Arc::ptr_eq(before, current),
            _ => false,
        };
        if swapped {
            // The parent's runtime shares its event queue with the parent: it is left alone, not closed.
            std::mem::forget(current);
            // Not waiting: the lock may have been held when the process forked.
            if let Ok(mut kept) = KEPT.try_lock() {
                kept.push(fresh);
            }
        }
    }
}

/// Drives the runtime on this thread until the future is done. Several threads may do so at once: one of them drives, and
/// hands over when its own future is done.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T>>, cancel: &Cancel, tick: Tick<'_>) -> Result<T> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(Error::argument("a blocking call was made on a thread that runs asynchronous work")
            .hint("Make it on a thread of its own, or start it and be called back."));
    }
    let engine = engine()?;
    // Pinned out here: the runtime would move it several times.
    let mut future = pin!(future);
    engine.runtime.block_on(async {
        // Nobody drives the runtime between two blocking calls: let it notice first which idle connections have closed.
        tokio::task::yield_now().await;
        let Some(tick) = tick else { return future.await };
        let kept = engine.bell.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut bell = kept.unwrap_or_else(|| Box::pin(tokio::time::sleep(TICK)));
        let result = loop {
            tokio::select! {
                biased;
                result = &mut future => break result,
                () = &mut bell => {
                    bell.as_mut().reset(Instant::now() + TICK);
                    match tick() {
                        Ticked::Again => {}
                        Ticked::NeverAgain => break future.await,
                        // The call itself ends with what it knows of its request.
                        Ticked::Cancel => cancel.cancel(),
                    }
                }
            }
        };
        *engine.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(bell);
        result
    })
}

/// Ends the connections of a client that was dropped. Where blocking calls drive the runtime nobody does now, and the tasks
/// that own the sockets would wait for the next call.
pub(super) fn settle() {
    let engine = ENGINE.load_full().filter(|engine| engine.process == std::process::id());
    let Some(engine) = engine.filter(|engine| !engine.driven.load(Ordering::Acquire)) else { return };
    // Neither on a thread that runs asynchronous work, nor on one whose own things are gone already.
    if tokio::runtime::Handle::try_current().is_err_and(|error| error.is_missing_context()) {
        engine.runtime.block_on(async {
            // A connection in TLS says goodbye first, and a turn runs a part of many connections.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        });
    }
}

pub(super) fn spawn<T: Send + 'static>(
    future: impl Future<Output = Result<T>> + Send + 'static,
    done: impl FnOnce(Result<T>) + Send + 'static,
) {
    let engine = match engine().and_then(|engine| drive(&engine).map(|()| engine)) {
        Ok(engine) => engine,
        Err(error) => return done(Err(error)),
    };
    let _ = engine.submit.send(Box::pin(async move {
        let mut future = pin!(future);
        let caught = |context: &mut Context<'_>| {
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
                .unwrap_or_else(|panic| Poll::Ready(Err(Error::panicked(&*panic))))
        };
        done(poll_fn(caught).await);
    }));
}

/// Drives the runtime in the background until this work is done, where nobody else would: without a thread for it, whoever
/// blocks next does.
pub(super) fn drive_until(work: JoinHandle<()>) {
    let engine = ENGINE.load_full().filter(|engine| engine.process == std::process::id());
    let Some(engine) = engine.filter(|engine| !engine.driven.load(Ordering::Acquire)) else { return };
    let driving = move || drop(engine.runtime.block_on(work));
    let _ = std::thread::Builder::new().name("druva-ahead".to_owned()).spawn(driving);
}

/// Starts the thread that drives submitted calls, once.
fn drive(engine: &Arc<Engine>) -> Result<()> {
    if engine.driven.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let driven = engine.clone();
    let thread = std::thread::Builder::new().name("druva".to_owned()).spawn(move || {
        let submitted = driven.submitted.lock().unwrap_or_else(PoisonError::into_inner).take();
        driven.runtime.block_on(async {
            let Some(mut submitted) = submitted else { return };
            while let Some(work) = submitted.recv().await {
                tokio::spawn(work);
            }
        });
    });
    thread.map(|_| ()).map_err(|error| {
        engine.driven.store(false, Ordering::Release);
        Error::internal(format!("the operating system gives no thread: {error}"))
    })
}
