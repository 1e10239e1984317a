#![doc = include_str!("../README.md")]

mod arguments;
mod auth;
mod catalog;
mod check;
mod clock;
mod columns;
mod control;
mod dice;
mod envelope;
mod events;
mod example;
mod faults;
mod filters;
mod http;
mod legal_holds;
mod lenders;
mod limits;
mod lists;
mod log;
mod names;
mod options;
mod paging;
mod paths;
mod places;
mod refusal;
mod reports;
mod resources;
mod route;
mod rows;
mod server;
mod shape;
mod stages;
mod starts;
mod state;
mod values;
mod words;
mod work;
mod world;
mod writes;

pub use crate::options::Options;
use crate::state::State;
use druva_api::Model;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;

/// A running emulator, on a thread of its own. Dropping it stops it and closes its connections.
pub struct Emulator {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts an emulator of the model that this build carries, listening on loopback.
    ///
    /// # Errors
    /// The port is taken, or an option is unusable.
    pub fn start(options: Options) -> io::Result<Emulator> {
        Emulator::start_with(Model::load(), options)
    }

    /// Starts an emulator of any model.
    ///
    /// # Errors
    /// As [`Emulator::start`].
    pub fn start_with(model: Model, options: Options) -> io::Result<Emulator> {
        let options = options.check().map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
        let port = options.port;
        let (stop, stopped) = oneshot::channel();
        let (ready, address) = mpsc::channel();
        let state = Arc::new(Mutex::new(State::new(Arc::new(model), options)));
        let shared = Arc::clone(&state);
        // Everything that belongs to the runtime lives on the thread, so that asynchronous programs can start emulators.
        let thread = std::thread::Builder::new().name("druva-emulator".into()).spawn(move || {
            if let Err(error) = serve(port, &shared, stopped, &ready) {
                // The starter has gone when it is not listening; then nobody wants to know.
                let _ = ready.send(Err(error));
            }
        })?;
        let address = address.recv().unwrap_or_else(|_| Err(io::Error::other("the emulator's thread ended")))?;
        Ok(Emulator { address, state, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The client id that it accepts.
    pub fn client_id(&self) -> String {
        self.lock().tokens.client_id.clone()
    }

    /// The secret that it accepts at present.
    pub fn client_secret(&self) -> String {
        self.lock().tokens.client_secret.clone()
    }

    /// The key that it accepts at present, as CloudRanger.
    pub fn api_key(&self) -> String {
        self.lock().tokens.api_key.clone()
    }

    /// Carries out a control command, given and answered in JSON.
    ///
    /// # Errors
    /// The command is unknown or unusable.
    pub fn control(&self, command: &str) -> Result<String, String> {
        self.lock().control(command)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until the other end of `stopped` is dropped; tells `ready` the address as soon as it listens.
fn serve(
    port: u16,
    state: &Arc<Mutex<State>>,
    stopped: oneshot::Receiver<()>,
    ready: &mpsc::Sender<io::Result<SocketAddr>>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(cfg!(unix))?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        // A queue that is long enough for a thousand callers at once.
        let listener = socket.listen(1024)?;
        let _ = ready.send(listener.local_addr());
        tokio::select! {
            () = server::accept(listener, Arc::clone(state)) => {}
            _ = stopped => {}
        }
        Ok(())
    })
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // The thread ends on its own; whatever it died of was reported when it died.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).finish_non_exhaustive()
    }
}
