//! The page after the one that was handed out, on its way while that is worked on.

use super::{Call, Response};
use crate::cancel::{Cancel, cancelled};
use crate::client::Client;
use crate::error::Result;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

/// A page that is being fetched, or has been. Dropping it ends that.
pub(super) struct Ahead {
    answer: oneshot::Receiver<Result<Response>>,
    stop: Cancel,
    abort: AbortHandle,
    #[cfg(feature = "embed")]
    work: Option<JoinHandle<()>>,
}

impl Ahead {
    pub(super) fn start(client: Client, mut call: Call) -> Ahead {
        let stop = Cancel::new();
        call.options.cancel = Some(stop.clone());
        let (done, answer) = oneshot::channel();
        let work: JoinHandle<()> = tokio::spawn(async move {
            // Nobody listens any more when the list was dropped.
            let _ = done.send(client.execute(&call).await);
        });
        Ahead {
            answer,
            stop,
            abort: work.abort_handle(),
            #[cfg(feature = "embed")]
            work: Some(work),
        }
    }

    /// The page; `None` when its task was ended from outside, with its runtime or by a panic.
    pub(super) async fn page(mut self, cancel: Option<&Cancel>) -> Option<Result<Response>> {
        tokio::select! {
            biased;
            answer = &mut self.answer => return answer.ok(),
            () = cancelled(cancel) => self.stop.cancel(),
        }
        // The call itself says what is known of its request.
        (&mut self.answer).await.ok()
    }

    /// What ends when the page is there: once.
    #[cfg(feature = "embed")]
    pub(super) fn work(&mut self) -> Option<JoinHandle<()>> {
        self.work.take()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.abort.abort();
    }
}
